import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type KeyWish, revokeKey } from '../../src/access/keys.ts'
import type { AccessStore } from '../../src/access/store.ts'
import { openSqliteAccess } from '../../src/db/sqlite/access.ts'
import type { TestApp } from './app.ts'
import { start } from './clocked-app.ts'
import { makeKey } from './keys.ts'
import { openStream, type StreamProtocol } from './streams.ts'

export const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })
function openFile({ config: { database } }: TestApp): AccessStore {
  const { access, close } = openSqliteAccess(database.kind === 'sqlite' ? database.file : '')
  onTestFinished(close)
  return access
}

/** A gateway by the fake clock whose keys another process makes and revokes. */
export async function open(options: Parameters<typeof start>[0] = {}) {
  const world = await start({ sandbox: { taskSeconds: 3_600 }, ...options })
  const { app, clock } = world
  const store = world.access ?? openFile(app)
  const by = { actor: 'command line', address: null }
  return {
    ...world,
    store,
    make: async (wish: Partial<KeyWish> = {}) => makeKey(store, wish, clock.now()),
    revoke: (id: string) => revokeKey({ store, clock }, id, null, by),
    stream(protocol: StreamProtocol, query: string, shown: Record<string, string>) {
      const opened = openStream(protocol, app.url, query, shown)
      onTestFinished(() => opened.leave())
      return opened
    },
  }
}

/** The same with an empty folder to archive in, which is gone after the test. */
export async function openKeeping(options: Parameters<typeof start>[0] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-sources-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { ARCHIVE_URL: `file:${folder}` }
  const world = await open({ env, sandbox: { taskSeconds: 5 }, ...options })
  return {
    ...world,
    folder,
    files: () =>
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => name !== '.unfinished')
        .sort(),
  }
}

/** What somebody is answered who shows this. */
export async function ask<T = Record<string, unknown>>(
  app: TestApp,
  credential: string,
  query: string,
): Promise<T> {
  const response = await fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(credential) },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = (await response.json()) as { data: T; errors?: { extensions: { code: string } }[] }
  if (errors) throw new Error(String(errors[0]?.extensions.code))
  return data
}

/** Makes a job of the sandbox's clip, or of another one. */
export async function create(
  app: TestApp,
  credential: string,
  { video = app.sandbox.clips.source, prompt = 'a fox' } = {},
): Promise<string> {
  const made = '... on CreateV2VLoraJobSuccess { job { id } } ... on Error { message }'
  const input = `{ video: "${video}", prompt: "${prompt}" }`
  const query = `mutation { createV2VLoraJob(input: ${input}) { ${made} } }`
  const { createV2VLoraJob: result } = await ask<{ createV2VLoraJob: { job: { id: string } } }>(
    app,
    credential,
    query,
  )
  return result.job.id
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createTestApp, type TestApp } from './app.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { type HistoryName, openPostgresHistory } from './histories.ts'

/** A gateway on a fake clock and an empty folder to archive in, for each test; both are gone after it. */
export function useArchived(history: HistoryName = 'SQLite') {
  let folder: string
  let clock: FakeClock
  let app: TestApp
  let failing: RegExp | null

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-outputs-'))
    clock = createFakeClock()
    failing = null
  })
  afterEach(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const output = async (id: string) => (await app.job(id)).outputs[0]

  /** A new job, once it has completed. */
  async function completed(prompt?: string) {
    const id = await app.create(prompt)
    await clock.until(() => app.hasEnded(id))
    return id
  }

  return {
    get folder() {
      return folder
    },
    get clock() {
      return clock
    },
    get app() {
      return app
    },
    /** Statements that fail from now on, as they do when the disk is full. */
    set failing(statements: RegExp | null) {
      failing = statements
    },
    /** Starts the gateway, with the folder as its archive unless `env` says otherwise. */
    async start(env: Environment = { ARCHIVE_URL: `file:${folder}` }) {
      const onStatement = (sql: string) => {
        if (failing?.test(sql)) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
      }
      app = await createTestApp({
        env,
        overrides: { clock, onStatement },
        history: history === 'PostgreSQL' ? await openPostgresHistory(clock) : null,
      })
    },
    completed,
    /** The first output of a job. */
    output,
    /** What the vendor made. */
    async original(id: string) {
      const { predictionId } = await app.job(id)
      const response = await fetch(`${app.sandbox.url}/outputs/${predictionId}.mp4`)
      return Buffer.from(await response.arrayBuffer())
    },
    /** A new job, once its output is kept, with the output's address. */
    async kept(prompt?: string) {
      const id = await completed(prompt)
      await clock.until(async () => (await output(id))?.kept === true)
      return { id, url: (await output(id))?.url ?? '' }
    },
    async remove(id: string) {
      const { deleteJob } = await app.graphql<{ deleteJob: { __typename: string; message?: string } }>(
        'mutation ($id: ID!) { deleteJob(id: $id) { __typename ... on Error { code message } } }',
        { id },
      )
      return deleteJob
    },
    ready: async () => (await fetch(`${app.app.url}/ready`)).json(),
  }
}

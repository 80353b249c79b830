import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { spawnProgram } from '../support/gateway-process.ts'
import { freePort } from '../support/servers/server.ts'

describe('the demo', () => {
  let folder: string
  let env: Record<string, string>
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-demo-'))
    env = { PORT: `${await freePort()}`, SANDBOX_PORT: `${await freePort()}`, SANDBOX_TASK_SECONDS: '4' }
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function start() {
    const child = spawnProgram('scripts/demo.ts', env, { cwd: folder })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk
      })
    }
    await eventually(() => expect(output).toContain('Ctrl+C stops both'))
    return {
      async end(signal: NodeJS.Signals) {
        child.kill(signal)
        await once(child, 'close')
      },
    }
  }
  async function graphql(query: string) {
    const response = await fetch(`http://127.0.0.1:${env['PORT']}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return (await response.json()).data
  }
  const job = async (id: string) => (await graphql(`{ job(id: "${id}") { state outputs { url } } }`)).job

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'goes on with a job that ran when it was ended by %s, and its video plays',
    async (signal) => {
      const clip = `http://127.0.0.1:${env['SANDBOX_PORT']}/clips/source.mp4`
      const first = await start()
      const { result } = await graphql(
        `mutation { result: createV2VLoraJob(input: { video: "${clip}", prompt: "a fox" }) {
          ... on CreateV2VLoraJobSuccess { job { id } } } }`,
      )
      const { id } = result.job
      await eventually(async () => expect((await job(id)).state).toMatch(/CREATED|PROCESSING/))
      await first.end(signal)
      const second = await start()
      await eventually(async () => expect((await job(id)).state).toBe('COMPLETED'))
      const [output] = (await job(id)).outputs
      const video = await fetch(output.url, { headers: { range: 'bytes=0-99' } })
      expect([video.status, video.headers.get('content-type')]).toEqual([206, 'video/mp4'])
      await second.end('SIGTERM')
    },
  )
})

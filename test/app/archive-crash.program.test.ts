import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from '../support/eventually.ts'
import { type FileHost, sampleBytes, stalling, startFileHost, video } from '../support/file-host.ts'
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts'
import { sampleJob } from '../support/job.ts'
import { openSqliteStore } from '../support/stores.ts'

describe('a gateway that ends in the middle of a download', () => {
  const id = 'job_00000000000000000000000000'
  const bytes = sampleBytes(400_000)
  let folder: string
  let host: FileHost
  let sandbox: Sandbox
  let gateway: GatewayProcess
  let env: Record<string, string>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-crash-'))
    host = await startFileHost()
    sandbox = await startSandbox()
    const file = join(folder, 'jobs.db')
    env = {
      DATABASE_URL: `file:${file}`,
      ARCHIVE_URL: `file:${join(folder, 'outputs')}`,
      WAVESPEED_BASE_URL: sandbox.url,
    }
    // The vendor has made it; the archive has still to copy it.
    const store = openSqliteStore({ file })
    const now = Date.now()
    const outputs = [{ url: `${host.url}/out.mp4`, nsfw: null, expiresAt: now + 3_600_000 }]
    const job = sampleJob({ id, state: 'COMPLETED', finishedAt: now, outputs })
    await store.insert(job, { version: 1, at: now, state: job.state, message: 'Completed.' })
    store.close()
  })
  afterEach(async () => {
    if (gateway?.process.exitCode === null) await gateway.end('SIGKILL')
    await host.close()
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })

  const unfinished = () => readdir(join(folder, 'outputs', '.unfinished'))

  it.each(['SIGKILL', 'SIGTERM'] as const)('by %s begins it again after its next start', async (signal) => {
    host.answer(stalling(bytes.subarray(0, 200_000)))
    gateway = await startGateway(env)
    await eventually(async () => {
      const [name = ''] = await unfinished()
      const { size } = await stat(join(folder, 'outputs', '.unfinished', name))
      expect(size).toBeGreaterThan(100_000)
    })
    const ended = await gateway.end(signal)
    if (signal === 'SIGTERM') {
      expect(ended).toMatchObject({ code: 0, signal: null })
      expect(ended.ms).toBeLessThan(10_000)
    }
    expect(await unfinished()).toHaveLength(signal === 'SIGTERM' ? 0 : 1)

    host.answer(video(bytes))
    gateway = await startGateway(env)
    const query = `{ job(id: "${id}") { outputs { url kept } timeline { message } } }`
    const url = await eventually(async () => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      const { data } = (await response.json()) as {
        data: { job: { outputs: [{ url: string; kept: boolean }]; timeline: unknown[] } }
      }
      expect(data.job.outputs[0].kept).toBe(true)
      expect(data.job.timeline).toHaveLength(2)
      return data.job.outputs[0].url
    })
    expect(await unfinished()).toEqual([])
    expect((await readFile(join(folder, 'outputs', id, '0.mp4'))).equals(bytes)).toBe(true)
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes)).toBe(true)
  })
})

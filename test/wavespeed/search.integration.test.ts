import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createVendorClient } from '../../src/wavespeed/client.ts'
import { createFetch } from '../../src/wavespeed/fetch.ts'
import { createRedactor } from '../../src/wavespeed/redact.ts'
import { createVendor } from '../../src/wavespeed/vendor.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleInput, sampleJob } from '../support/job.ts'

/** What the largest account makes in the six and a half minutes that are searched: 5,000 a minute. */
const tasks = 32_500
const windowMs = 390_000
const lost = 40

/** A vendor with so many tasks in the window, evenly, each with its number for a seed. */
async function start() {
  const clock = createFakeClock()
  const from = clock.now() - windowMs
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-search-'))
  const lines = Array.from({ length: tasks }, (_, seed) => {
    const createdAt = from + Math.floor((seed * windowMs) / tasks)
    const input = { ...sampleInput, seed }
    const { model } = sampleJob()
    const times = { createdAt, startsAt: createdAt, endsAt: createdAt + 1_000 }
    return JSON.stringify({ created: { id: `task${seed}`, model, input, price: 0.2, faults: [], ...times } })
  })
  writeFileSync(join(folder, 'sandbox.jsonl'), `${lines.join('\n')}\n`)
  const sandbox = await startSandbox({ clock, folder })
  const wire = createFetch({ timeoutMs: 100_000 })
  const client = createVendorClient({ baseUrl: sandbox.url, apiKey: 'sandbox', clock, fetch: wire.fetch })
  onTestFinished(async () => {
    await wire.close()
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })
  const vendor = createVendor({ client, clock, redactor: createRedactor() })
  const { model } = sampleJob()
  return {
    vendor,
    requests: () => sandbox.ledger.requests().length,
    find: (seed: number) =>
      vendor.find({ model, input: { ...sampleInput, seed }, from, to: from + windowMs, token: null }),
    isListed: (predictionId: string) => vendor.isListed({ predictionId, model, from, to: from + windowMs }),
  }
}

it(`the task of a lost answer is found among ${tasks}, the oldest too, by one reading for ${lost} jobs`, async () => {
  const { find, isListed, requests } = await start()
  const seeds = Array.from({ length: lost }, (_, index) => Math.floor((index * (tasks - 1)) / (lost - 1)))
  const outcomes = await Promise.all(seeds.map(find))
  expect(outcomes).toEqual(
    seeds.map((seed) => ({ kind: 'answered', reports: [expect.objectContaining({ id: `task${seed}` })] })),
  )
  const read = requests()
  expect(read).toBeLessThanOrEqual(330)

  expect(await find(tasks)).toEqual({ kind: 'answered', reports: [] })
  expect(requests() - read).toBeLessThanOrEqual(330)
  const before = requests()
  expect(await Promise.all([isListed('task0'), isListed('task99'), isListed('none')])).toEqual([
    true,
    true,
    false,
  ])
  expect(requests() - before).toBeLessThanOrEqual(330)
})

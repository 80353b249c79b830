import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createFetch } from '../../src/wavespeed/fetch.ts'
import { createTestApp } from '../support/app.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createLogLines } from '../support/log-lines.ts'

it("no output is fetched from this machine, though a vendor's answers name it", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wavespeed-private-'))
  const clock = createFakeClock()
  const { log, lines } = createLogLines('warn')
  const wire = createFetch({ timeoutMs: 30_000 })
  // Called by a name of the internet; what it answers is the sandbox's, with outputs on this machine.
  const vendor = await startSandbox({ taskSeconds: 1, clock })
  const name = 'https://vendor.example.com'
  const app = await createTestApp({
    overrides: {
      clock,
      log,
      fetch: (request, options) =>
        wire.fetch(new Request(request.url.replace(name, vendor.url), request), options),
    },
    env: {
      WAVESPEED_BASE_URL: name,
      WAVESPEED_API_KEY: 'sandbox',
      ARCHIVE_URL: `file://${folder}`,
    },
  })
  onTestFinished(async () => {
    await app.close()
    await vendor.close()
    await wire.close()
    rmSync(folder, { recursive: true })
  })
  const id = await app.create()
  const refused = () => lines.filter(({ jobId, reason }) => jobId === id && reason !== undefined)
  await clock.until(() => refused().length > 0)
  expect(refused()[0]).toMatchObject({ reason: 'its address is not one of the internet.' })
})

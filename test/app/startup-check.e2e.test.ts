import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createLog } from '../../src/log.ts'
import { createTestApp } from '../support/app.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const warning = 'the vendor is the SANDBOX: no real video is made, nothing is billed'

it('a sandbox that is started after the gateway is called so, in the log once and on the page, before any job', async () => {
  const late = await startSandbox()
  await late.close() // Its port is free again.
  const clock = createFakeClock()
  const said: unknown[] = []
  const log = createLog('info', { write: (line) => void said.push(JSON.parse(line).msg) })
  const app = await createTestApp({ overrides: { clock, log }, env: { WAVESPEED_BASE_URL: late.url } })
  onTestFinished(() => app.close())
  await clock.until(() => said.some((line) => /does not answer as it should/.test(String(line))))
  const page = async () => (await fetch(app.url, { headers: { accept: 'text/html' } })).text()
  expect(await page()).not.toContain('Sandbox: no real video is made')

  const sandbox = await startSandbox({ port: late.port, clock })
  onTestFinished(() => sandbox.close())
  await clock.until(() => said.includes(warning))
  expect(await page()).toContain('Sandbox: no real video is made')
  const { requests } = sandbox.ledger.counts()
  await app.create()
  await clock.until(() => sandbox.ledger.polls().length > 0)
  await clock.advance(600_000)
  expect(sandbox.ledger.requests({ operation: 'balance' })).toHaveLength(requests)
  expect(said.filter((line) => line === warning)).toHaveLength(1)
})

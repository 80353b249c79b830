import { expect, it, onTestFinished, vi } from 'vitest'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { createTestApp } from '../support/app.ts'
import { createClockedWire } from '../support/clocked-wire.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { startFront } from '../support/front.ts'

it('a load balancer that stalls and closes before TLS stands costs no job that waits: each is made once', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0') // Nobody vouches for the certificate of a test.
  const clock = createFakeClock()
  const sandbox = await startSandbox({ clock, taskSeconds: 20 })
  const front = await startFront(sandbox.url, true)
  const wire = createClockedWire(clock)
  wire.watch(sandbox)
  const app = await createTestApp({
    overrides: { clock, fetch: wire.fetch },
    env: { WAVESPEED_BASE_URL: front.url, WAVESPEED_POLL_SECONDS: '5' },
  })
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await app.close()
    await wire.close()
    await front.close()
    await sandbox.close()
  })

  const first = await app.create('the vendor answers')
  await clock.until(() => app.hasEnded(first))
  const { taken } = front.connections()
  front.behave('stalls and closes')
  const ids: string[] = []
  for (let index = 0; index < 40; index += 1) ids.push(await app.create(`number ${index}`))
  await clock.advance(60_000)
  expect(front.connections().taken).toBeGreaterThan(taken)
  const states = await Promise.all(ids.map((id) => app.state(id)))
  expect(states).toEqual(ids.map(() => 'QUEUED'))
  expect(sandbox.ledger.submits()).toHaveLength(1)

  front.behave('none')
  for (const id of ids) await clock.until(() => app.hasEnded(id), 2_000)
  const jobs = await Promise.all(ids.map((id) => app.job(id)))
  expect(jobs.map(({ state }) => state)).toEqual(ids.map(() => 'COMPLETED'))
  const words = jobs.flatMap(({ timeline }) => timeline.map(({ message }) => message))
  expect(words.filter((message) => message.includes('looking for the task'))).toEqual([])
  expect(sandbox.ledger.submits()).toHaveLength(41)
})

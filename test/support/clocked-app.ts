import { onTestFinished } from 'vitest'
import { createFetch } from '../../src/wavespeed/fetch.ts'
import { createTestApp, type TestAppOptions } from './app.ts'
import { createFakeClock } from './fake-clock.ts'
import { type HistoryName, openPostgresHistory } from './histories.ts'

interface ClockedOptions extends Pick<TestAppOptions, 'env' | 'sandbox'> {
  /** Whether a request is broken off after a second of real time instead of 30: for a vendor that hangs. */
  readonly impatient?: boolean
  readonly history?: HistoryName
}

/** A gateway and a sandbox on one fake clock, with the pauses of a real gateway; closed when the test ends. */
export async function start({ env, sandbox, impatient = false, history = 'SQLite' }: ClockedOptions = {}) {
  const clock = createFakeClock()
  const wire = createFetch({ timeoutMs: impatient ? 1_000 : 30_000 })
  const app = await createTestApp({
    overrides: { clock, fetch: (request) => clock.during(wire.fetch(request)) },
    env: { WAVESPEED_POLL_SECONDS: '5', ...env },
    sandbox: { taskSeconds: 20, ...sandbox },
    history: history === 'PostgreSQL' ? await openPostgresHistory(clock) : null,
  })
  onTestFinished(async () => {
    await app.close()
    await wire.close()
  })
  return {
    app,
    clock,
    /** Moves the clock until the job has ended, in steps of `stepMs`. */
    ends: (id: string, stepMs?: number) => clock.until(() => app.hasEnded(id), stepMs),
    reaches: (id: string, state: string) => clock.until(() => app.isIn(id, state)),
    /** What /ready answers. */
    async ready() {
      const response = await fetch(new URL('/ready', app.url))
      return { status: response.status, body: (await response.json()) as object }
    },
  }
}

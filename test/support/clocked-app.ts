import { onTestFinished } from 'vitest'
import { createTestApp, type TestAppOptions } from './app.ts'
import { createClockedWire } from './clocked-wire.ts'
import { createFakeClock } from './fake-clock.ts'
import { type HistoryName, openPostgresHistory } from './histories.ts'

interface ClockedOptions extends Pick<TestAppOptions, 'env' | 'sandbox'> {
  readonly history?: HistoryName
}

/** A gateway and a sandbox on one fake clock, with the pauses of a real gateway; closed when the test ends. */
export async function start({ env, sandbox, history = 'SQLite' }: ClockedOptions = {}) {
  const clock = createFakeClock()
  const wire = createClockedWire(clock)
  const app = await createTestApp({
    overrides: { clock, fetch: wire.fetch },
    env: { WAVESPEED_POLL_SECONDS: '5', ...env },
    sandbox: { taskSeconds: 20, ...sandbox },
    history: history === 'PostgreSQL' ? await openPostgresHistory(clock) : null,
  })
  wire.watch(app.sandbox)
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

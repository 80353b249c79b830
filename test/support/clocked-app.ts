import { onTestFinished } from 'vitest'
import { createTestApp, type TestAppOptions } from './app.ts'
import { createClockedWire } from './clocked-wire.ts'
import { createFakeClock } from './fake-clock.ts'
import { type HistoryName, openPostgresHistory } from './histories.ts'

interface ClockedOptions extends Pick<TestAppOptions, 'env' | 'sandbox'> {
  readonly history?: HistoryName
  /** Told every SQL statement as it runs, of a gateway on SQLite. */
  readonly onStatement?: (sql: string) => void
}

/** A gateway and a sandbox on one fake clock, with the pauses of a real gateway; closed when the test ends. */
export async function start({ env, sandbox, history = 'SQLite', onStatement }: ClockedOptions = {}) {
  const clock = createFakeClock()
  const wire = createClockedWire(clock)
  const postgres = history === 'PostgreSQL' ? await openPostgresHistory(clock) : null
  const app = await createTestApp({
    overrides: { clock, fetch: wire.fetch, ...(onStatement && { onStatement }) },
    env: { WAVESPEED_POLL_SECONDS: '5', ...env },
    sandbox: { taskSeconds: 20, ...sandbox },
    history: postgres,
  })
  wire.watch(app.sandbox)
  onTestFinished(async () => {
    await app.close()
    await wire.close()
  })
  return {
    app,
    clock,
    /** What is kept of keys, where that is no file; null else. */
    access: postgres?.backends().access ?? null,
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

import { onTestFinished } from 'vitest'
import { tryOf } from '../../src/db/admission.ts'
import { createExecute } from '../../src/db/sqlite/execute.ts'
import { statements } from '../../src/db/sqlite/statements.ts'
import { gateOf, type Hold, type HoldReason, placeOf } from '../../src/jobs/hold.ts'
import type { JobError } from '../../src/jobs/job.ts'
import type { HoldScope } from '../../src/jobs/vendor.ts'
import { createLog } from '../../src/log.ts'
import { createHolds } from '../../src/worker/holds.ts'
import { createFakeClock } from './fake-clock.ts'
import { sampleJob } from './job.ts'
import { openSqliteStore } from './stores.ts'

/** What the vendor refuses with. */
export const refusal: JobError = { code: 'INSUFFICIENT_CREDITS', message: 'HTTP 402' }

export const holdOf = (scope: HoldReason, change: Partial<Hold> = {}): Hold => ({
  place: placeOf(scope, 'm'),
  scope,
  message: 'HTTP 403',
  since: 2,
  until: 3,
  refusals: 0,
  triedBy: null,
  triedUntil: null,
  ...change,
})

/** Processes that share holds on a fake clock, and submissions that are refused or accepted. */
export function startHolds() {
  const clock = createFakeClock()
  const store = openSqliteStore({ file: ':memory:' })
  onTestFinished(() => store.close())
  const execute = createExecute(store.client)
  const told: string[] = []
  const job = (id: string, model = 'm') => sampleJob({ id, model })
  const rows = () => execute(statements.holds, {})

  function start() {
    const holds = createHolds({
      work: store,
      clock,
      log: createLog('silent'),
      onChange: ({ scope }, ended) => void told.push(`${scope} ${ended ? 'ends' : 'begins'}`),
    })
    /** As a claim that was let through. */
    function begin(id: string, model = 'm'): number {
      const reading = holds.reading()
      const tried = tryOf(job(id, model), rows(), clock.now())
      if (tried) execute(statements.tryHolds, tried)
      reading(rows())
      return holds.begin(job(id, model))
    }
    return {
      holds,
      begin,
      refuse: async (id: string, scope: HoldScope = 'account', model = 'm') =>
        (await holds.refused(job(id, model), begin(id, model), scope, refusal)).kind,
      async accept(id: string, model = 'm') {
        begin(id, model)
        await holds.accepted(job(id, model))
      },
    }
  }
  return { clock, store, told, job, rows, gate: () => gateOf(rows(), clock.now()), start, ...start() }
}

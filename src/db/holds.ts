import type { Hold } from '../jobs/hold.ts'
import type { JobWork } from '../jobs/work.ts'
import { holdColumns, nameOf } from './columns.ts'
import type { Run } from './reader.ts'
import { type Dialect, type Id, insertInto, named, one, selected, writing } from './statements.ts'

type Tried = { readonly triedBy: string }

/** What holds submissions up, in both databases. */
export function createHoldStatements({ isIn, time, least }: Dialect) {
  const all = selected(holdColumns)
  const rewritten = Object.keys(holdColumns).map((name) => `${nameOf(name)} = excluded.${nameOf(name)}`)

  return named({
    holds: one<object, Hold>(`SELECT ${all} FROM holds`, holdColumns),
    /** Nobody else tries them until then. */
    tryHolds: one<Tried & { readonly places: readonly string[]; readonly until: number }, never>(
      `UPDATE holds SET tried_by = :triedBy, tried_until = ${time('until')} WHERE ${isIn('place', 'places')}`,
    ),
    /** What is there grows by whoever tried it, and else lasts no less long. */
    saveHold: writing<Hold & { readonly jobId: string }, never>(
      `${insertInto('holds', holdColumns)} ON CONFLICT (place) DO UPDATE SET ${rewritten}
      WHERE holds.tried_by = :jobId`,
      holdColumns,
    ),
    prolongHold: one<{ readonly place: string; readonly until: number }, never>(
      `UPDATE holds SET until = ${time('until')} WHERE place = :place AND until < ${time('until')}`,
    ),
    endHolds: one<Tried & { readonly places: readonly string[] }, never>(
      `DELETE FROM holds WHERE tried_by = :triedBy AND ${isIn('place', 'places')}`,
    ),
    leaveHolds: one<Tried, never>(
      'UPDATE holds SET tried_by = NULL, tried_until = NULL WHERE tried_by = :triedBy',
    ),
    retryHolds: one<{ readonly now: number }, never>(
      `UPDATE holds SET until = ${least('until', time('now'))}`,
    ),
    abandonHolds: one<object, never>('UPDATE holds SET tried_by = NULL, tried_until = NULL'),
    hold: one<Id, Hold>(`SELECT ${all} FROM holds WHERE place = :id`, holdColumns),
  })
}

type HoldStatements = ReturnType<typeof createHoldStatements>

/** Each step is one statement, and right whatever others do in between. */
export function createHoldWork(options: {
  readonly statements: HoldStatements
  readonly run: Run
}): Pick<JobWork, 'hold' | 'endTry' | 'retryHolds'> {
  const { statements, run } = options
  return {
    async hold(jobId, grown) {
      const { place, until } = grown(null)
      const [before = null] = await run(statements.hold, { id: place })
      if (before === null || before.triedBy === jobId) {
        await run(statements.saveHold, { ...grown(before), jobId })
      } else {
        await run(statements.prolongHold, { place, until })
      }
      await run(statements.leaveHolds, { triedBy: jobId })
      return (await run(statements.hold, { id: place }))[0] ?? grown(before)
    },
    async endTry(jobId, over) {
      await run(statements.endHolds, { triedBy: jobId, places: over })
      await run(statements.leaveHolds, { triedBy: jobId })
    },
    async retryHolds(now) {
      await run(statements.retryHolds, { now })
    },
  }
}

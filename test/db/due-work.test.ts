import { describe, expect, it } from 'vitest'
import { createChangeLog } from '../../src/db/change-log.ts'
import { decoded } from '../../src/db/columns.ts'
import { createDueWork } from '../../src/db/due-work.ts'
import * as postgres from '../../src/db/postgres/execute.ts'
import { dialect } from '../../src/db/sqlite/execute.ts'
import { createStatements } from '../../src/db/statements.ts'
import { createWorkStatements } from '../../src/db/work-statements.ts'
import { transition } from '../../src/jobs/state.ts'
import { sampleJob } from '../support/job.ts'
import { inMemory, record, useStore } from '../support/stores.ts'

const statements = { ...createStatements(dialect), ...createWorkStatements(dialect) }
const hour = 60 * 60_000

/** A database that takes its time and has these rows, and the statements that were asked of it, those not answered yet as well. */
function start(rows: Record<string, object[]> = {}) {
  const asked: string[] = []
  let answered = 0
  const run = async (statement: { name: string }) => {
    asked.push(statement.name)
    await new Promise((resolve) => setImmediate(resolve))
    answered += 1
    return (rows[statement.name] ?? []) as never[]
  }
  return {
    work: createDueWork({ statements, run }),
    changes: createChangeLog({ dialect, run }),
    /** What `act` asks for, all of it answered. */
    async asks(act: () => Promise<unknown>) {
      await act()
      expect(answered).toBe(asked.length)
      return asked.splice(0, answered).map((name) => {
        answered -= 1
        return name
      })
    },
  }
}

describe('what is due asks the database', () => {
  const lease = { owner: 'me', until: 9 }
  const take = { kind: 'poll', now: 5, limit: 2, lease } as const
  const back = { id: 'a', at: 5 }
  const done = { id: 'b', at: null }

  it('for no more than there is to give back', async () => {
    const { work, asks } = start()
    const finish = (...results: { id: string; at: number | null }[]) =>
      asks(() => work.finish('poll', 'me', results))
    expect(await finish()).toEqual([])
    expect(await finish(back)).toEqual(['giveBack'])
    expect(await finish(done)).toEqual(['done'])
    expect(await finish(back, done)).toEqual(['giveBack', 'done'])
  })

  it('for the jobs of what was taken, and for what is gone only where one is', async () => {
    const nothing = start()
    expect(await nothing.asks(() => nothing.work.take(take))).toEqual(['take', 'firstDue'])
    const all = start({
      take: [{ id: 'a' }, { id: 'b' }],
      anyListed: [sampleJob({ id: 'a' }), sampleJob({ id: 'b' })],
    })
    expect(await all.asks(() => all.work.take(take))).toEqual(['take', 'anyListed'])
    const gone = start({ take: [{ id: 'a' }, { id: 'b' }], anyListed: [sampleJob({ id: 'a' })] })
    expect(await gone.asks(() => gone.work.take(take))).toEqual([
      'take',
      'anyListed',
      'openSubmissions',
      'done',
    ])
    expect(await gone.asks(() => gone.work.take({ ...take, kind: 'copy' }))).toEqual([
      'take',
      'anyListed',
      'done',
    ])
  })

  it('for what each kind of work lacks', async () => {
    const { work, asks } = start()
    expect(await asks(() => work.repair('poll', 5))).toEqual(['addPolls'])
    expect(await asks(() => work.repair('copy', 5))).toEqual(['addCopies'])
  })

  it('and is done when that has answered', async () => {
    const { work, changes, asks } = start()
    expect(await asks(() => work.prune(5, 4))).toEqual(['prune', 'pruneDeletions', 'pruneDurations'])
    expect(await asks(() => work.renew('poll', ['a'], lease))).toEqual(['renew'])
    expect(await asks(() => work.put('poll', 'a', 5))).toEqual(['put'])
    expect(await asks(() => work.bringForward('poll', 5, 6))).toEqual(['bringForward'])
    expect(await asks(() => work.spread('poll', 5))).toEqual(['spread'])
    expect(await asks(() => work.release('poll', 5))).toEqual([])
    const nowhere = { transaction: 0, sequence: 0 }
    expect(await changes.latest()).toEqual(nowhere)
    expect(await asks(async () => {})).toEqual(['latestChange'])
    expect(await asks(() => changes.changesAfter(nowhere, 1))).toEqual(['changesAfter'])
  })
})

it('a place among the changes is read on PostgreSQL as numbers', async () => {
  const changes = createChangeLog({
    dialect: postgres.dialect,
    // As the driver reads a bigint.
    run: async ({ columns }) =>
      decoded(columns, postgres.codec, [{ transaction: '12', sequence: '34' }]) as never[],
  })
  expect(await changes.latest()).toEqual({ transaction: 12, sequence: 34 })
})

describe('a claim', () => {
  const opened = useStore(inMemory.open)

  it('of a job of which nothing becomes waits for an event', async () => {
    const { store } = opened
    await record(store, { id: 'a' })
    const request = {
      now: 2_000,
      windowStart: 0,
      limits: { videosPerMinute: 1, concurrency: 1 },
      lease: { owner: 'me', until: hour },
    }
    expect(await store.claim({ ...request, decide: () => null })).toEqual({ kind: 'wait', until: null })
    const change = await store.work.change('a', (job) => transition(job, { type: 'canceled' }, 3_000))
    expect(change).toMatchObject({ before: { state: 'QUEUED' }, after: { state: 'CANCELED' } })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore, type SqliteStore } from '../../src/db/sqlite/store.ts'
import { HistoryUnavailableError } from '../../src/errors.ts'
import type { ListedJob } from '../../src/jobs/job.ts'
import type { JobWork } from '../../src/jobs/work.ts'
import { createLog } from '../../src/log.ts'
import { createLoop, type Loop, type LoopOptions } from '../../src/worker/loop.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { record } from '../support/stores.ts'

describe('the loop', () => {
  let store: SqliteStore
  let clock: FakeClock
  let from: number
  let loops: Loop[]
  /** What was done, with the time. */
  let ran: [id: string, at: number][]
  let logged: unknown[]
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    clock = createFakeClock()
    from = clock.now()
    loops = []
    ran = []
    logged = []
  })
  afterEach(async () => {
    await Promise.all(loops.map((loop) => loop.stop()))
    expect(clock.pending).toBe(0)
    store.close()
  })

  /** @param run what comes of a piece of work: when it is due again, by default never */
  async function start(
    options: Partial<LoopOptions> & { readonly run?: (job: ListedJob) => Promise<number | null> } = {},
  ): Promise<Loop> {
    const loop = createLoop({
      kind: 'poll',
      work: store,
      clock,
      log: createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) }),
      owner: 'me',
      shared: false,
      longestMs: 300_000,
      ...options,
    })
    loops.push(loop)
    await loop.start(async (job) => {
      ran.push([job.id, clock.now() - from])
      return options.run?.(job) ?? null
    })
    return loop
  }
  const sent = (id: string, inMs = 0) => record(store, { id, state: 'CREATED', updatedAt: from + inMs })
  /** The same store, of which some methods are replaced. */
  const but = (change: Partial<JobWork>): JobWork => ({ ...store, ...change })
  const pass = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  const ids = () => ran.map(([id]) => id)

  it('does what is due when it is due, and no sooner', async () => {
    await sent('late', 40_000)
    await sent('soon', 10_000)
    await start()
    await clock.advance(60_000)
    expect(ran).toEqual([
      ['soon', 10_000],
      ['late', 40_000],
    ])
  })

  it('does it again at the time that is answered, until that is never', async () => {
    await sent('a')
    const next = [5_000, 20_000]
    await start({ run: async () => (next.length > 0 ? from + (next.shift() ?? 0) : null) })
    await clock.advance(100_000)
    expect(ran.map(([, at]) => at)).toEqual([0, 5_000, 20_000])
    expect(await store.firstDue('poll')).toBeNull()
  })

  it('does what is due side by side, as much as it may at once', async () => {
    for (let index = 0; index < 10; index += 1) await sent(`${index}`)
    let most = 0
    let now = 0
    const loop = await start({
      atOnce: 4,
      async run() {
        now += 1
        most = Math.max(most, now)
        await pass(1_000)
        now -= 1
        return null
      },
    })
    await clock.advance(900)
    expect([ran.length, loop.size]).toEqual([4, 4])
    await clock.advance(10_000)
    expect([ids().sort(), most, loop.size]).toEqual([[...'0123456789'], 4, 0])
  })

  it('gives back together what ends together', async () => {
    for (let index = 0; index < 50; index += 1) await sent(`${index}`, 1_000)
    const given: number[] = []
    const work = but({
      async finish(kind, owner, results) {
        given.push(results.length)
        await store.finish(kind, owner, results)
      },
    })
    await start({ work })
    await clock.advance(1_010)
    expect(given).toEqual([50])
  })

  it('takes what is due in batches of a bounded size', async () => {
    for (let index = 0; index < 500; index += 1) await sent(`${index}`)
    const limits: number[] = []
    const work = but({
      take(request) {
        limits.push(request.limit)
        return store.take(request)
      },
    })
    await start({ work, atOnce: 1_000 })
    await clock.advance(31_000)
    expect(new Set(ids()).size).toBe(500)
    expect(Math.max(...limits)).toBe(200)
  })

  it('leaves alone what others hold, and sees within a second what they let go', async () => {
    await sent('a')
    await store.take({ kind: 'poll', now: from, limit: 1, lease: { owner: 'other', until: from + 99_000 } })
    await start({ shared: true })
    await clock.advance(10_000)
    expect(ran).toEqual([])
    await store.finish('poll', 'other', [{ id: 'a', at: from }])
    await clock.advance(1_000)
    expect(ids()).toEqual(['a'])
  })

  it('keeps the lease of what takes long, where others would take it', async () => {
    await sent('a')
    await start({ shared: true, run: () => pass(60_000).then(() => null) })
    await start({ shared: true, owner: 'other' })
    await clock.advance(59_000)
    expect(ids()).toEqual(['a'])
    await clock.advance(2_000)
  })

  it('does not do a thing twice at once, though its lease ended while the history was away', async () => {
    await sent('a')
    const work = but({ renew: () => Promise.reject(new HistoryUnavailableError('broken')) })
    await start({ work, shared: true, run: () => pass(60_000).then(() => null) })
    await clock.advance(59_000)
    expect(ids()).toEqual(['a'])
    await clock.advance(2_000)
  })

  it('gives back later what the history did not take, and holds it until then', async () => {
    await sent('a')
    let away = true
    const work = but({
      async finish(...given) {
        if (away) throw new HistoryUnavailableError('broken')
        await store.finish(...given)
      },
    })
    const loop = await start({ work, run: async () => from + 30_000 })
    await clock.advance(5_000)
    expect(loop.holds('a')).toBe(true)
    away = false
    await clock.advance(1_000)
    expect([loop.holds('a'), await store.firstDue('poll')]).toEqual([false, from + 30_000])
  })

  it('goes on after a history that could not be read', async () => {
    await sent('a')
    let away = true
    const work = but({
      async take(request) {
        if (away) throw new HistoryUnavailableError('broken')
        return store.take(request)
      },
    })
    await start({ work })
    await clock.advance(5_000)
    away = false
    await clock.advance(10_000)
    expect(ids()).toEqual(['a'])
  })

  it('tries work that failed in an unforeseen way again, and says so', async () => {
    await sent('a')
    let fails = true
    await start({
      async run() {
        if (fails) throw new Error('unforeseen')
        return null
      },
    })
    await clock.advance(9_000)
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 50, step: 'a', msg: 'step failed, trying again' }),
    )
    fails = false
    await clock.advance(2_000)
    expect(ids()).toEqual(['a', 'a'])
  })

  it('takes nothing where there is no room, and goes on when there is', async () => {
    await sent('a')
    let until: number | null = from + 20_000
    await start({ room: () => (until === null ? { atMost: 9, until: null } : { atMost: 0, until }) })
    await clock.advance(19_000)
    expect(ran).toEqual([])
    until = null
    await clock.advance(1_000)
    expect(ran).toEqual([['a', 20_000]])
  })

  it('begins with what an earlier process held, and with what the rows lack', async () => {
    await sent('held')
    await sent('lost')
    await store.take({ kind: 'poll', now: from, limit: 9, lease: { owner: 'before', until: from + 600_000 } })
    await store.finish('poll', 'before', [{ id: 'lost', at: null }])
    await start()
    await clock.advance(1_000)
    expect(ids().sort()).toEqual(['held', 'lost'])
  })

  it('spreads what is overdue at its start', async () => {
    for (let index = 0; index < 100; index += 1) await sent(`${index}`, -1_000)
    await start()
    await clock.advance(2_500)
    expect(ran.length).toBeGreaterThan(40)
    expect(ran.length).toBeLessThan(60)
    await clock.advance(2_500)
    expect(ran).toHaveLength(100)
  })

  it('waits no longer for what is due when the clock is set back', async () => {
    await sent('a', 20_000)
    await start()
    await clock.advance(5_000)
    clock.jump(-3_600_000)
    await clock.advance(60_000)
    expect(ids()).toEqual(['a'])
  })

  it('does what is due too late to be true, where others have set the clock', async () => {
    await sent('a', 3_600_000)
    await start({ shared: true })
    await clock.advance(1_000)
    expect(ids()).toEqual(['a'])
    await sent('b', 3_600_000)
    await clock.advance(61_000)
    expect(ids()).toEqual(['a', 'b'])
  })

  it('does what was put on the list at once', async () => {
    await record(store, { id: 'a', state: 'COMPLETED' })
    const loop = await start({ kind: 'copy' })
    await clock.advance(1_000)
    await loop.put('a')
    await clock.advance(0)
    expect(ran).toEqual([['a', 1_000]])
  })

  it('holds the lease of a claim, and gives it back when that is over', async () => {
    await record(store, { id: 'a', state: 'CREATED', updatedAt: from + 999_000 })
    const loop = await start()
    loop.hold('a')
    expect([loop.holds('a'), loop.size]).toEqual([true, 1])
    loop.giveBack('a', from + 5_000)
    await clock.advance(0)
    expect([loop.holds('a'), loop.size]).toEqual([false, 0])
  })

  it('that stops takes nothing more, and waits for what is under way', async () => {
    await sent('a')
    await sent('b', 5_000)
    const loop = await start({ run: () => pass(10_000).then(() => from + 60_000) })
    await clock.advance(1_000)
    const stopped = loop.stop()
    await clock.advance(10_000)
    await stopped
    expect(ids()).toEqual(['a'])
    const lease = { owner: 'next', until: from + 99_000 }
    expect(await store.take({ kind: 'poll', now: from + 60_000, limit: 9, lease })).toMatchObject({
      jobs: [{ id: 'b' }, { id: 'a' }].sort((one, other) => one.id.localeCompare(other.id)),
    })
  })

  it('that stops while the history is away leaves the lease to its end, and does not hang', async () => {
    await sent('a')
    const work = but({ finish: () => Promise.reject(new HistoryUnavailableError('broken')) })
    const loop = await start({ work, run: async () => from + 60_000 })
    await clock.advance(5_000)
    await loop.stop()
    expect(clock.pending).toBe(0)
  })
})

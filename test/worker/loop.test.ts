import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { useLoops } from '../support/loops.ts'
import { record } from '../support/stores.ts'

describe('the loop', () => {
  const test = useLoops()
  const { sent, but, pass, ids } = test

  it('does what is due when it is due, and no sooner', async () => {
    await sent('late', 40_000)
    await sent('soon', 10_000)
    await test.start()
    await test.clock.advance(60_000)
    expect(test.ran).toEqual([
      ['soon', 10_000],
      ['late', 40_000],
    ])
  })

  it('does it again at the time that is answered, until that is never', async () => {
    await sent('a')
    const next = [5_000, 20_000]
    await test.start({
      async run({ id }) {
        const at = next.shift()
        if (at === undefined) await test.store.settle(id, test.clock.now())
        return at === undefined ? null : test.from + at
      },
    })
    await test.clock.advance(100_000)
    expect(test.ran.map(([, at]) => at)).toEqual([0, 5_000, 20_000])
    expect(await test.store.firstDue('poll')).toBeNull()
  })

  it('does what is due side by side, as much as it may at once', async () => {
    for (let index = 0; index < 10; index += 1) await sent(`${index}`)
    let most = 0
    let now = 0
    const loop = await test.start({
      atOnce: 4,
      async run() {
        now += 1
        most = Math.max(most, now)
        await pass(1_000)
        now -= 1
        return null
      },
    })
    await test.clock.advance(900)
    expect([test.ran.length, loop.size]).toEqual([4, 4])
    await test.clock.advance(10_000)
    expect([ids().sort(), most, loop.size]).toEqual([[...'0123456789'], 4, 0])
  })

  it('gives back together what ends together', async () => {
    for (let index = 0; index < 50; index += 1) await sent(`${index}`, 1_000)
    const given: number[] = []
    const work = but({
      async finish(kind, owner, results) {
        given.push(results.length)
        await test.store.finish(kind, owner, results)
      },
    })
    await test.start({ work })
    await test.clock.advance(1_010)
    expect(given).toEqual([50])
  })

  it('takes what is due in batches of a bounded size', async () => {
    for (let index = 0; index < 500; index += 1) await sent(`${index}`)
    const limits: number[] = []
    const work = but({
      take(request) {
        limits.push(request.limit)
        return test.store.take(request)
      },
    })
    await test.start({ work, atOnce: 1_000 })
    await test.clock.advance(31_000)
    expect(new Set(ids()).size).toBe(500)
    expect(Math.max(...limits)).toBe(200)
  })

  it('leaves alone what others hold, and sees within a second what they let go', async () => {
    await sent('a')
    await test.store.take({
      kind: 'poll',
      now: test.from,
      limit: 1,
      lease: { owner: 'other', until: test.from + 99_000 },
    })
    await test.start({ shared: true })
    await test.clock.advance(10_000)
    expect(test.ran).toEqual([])
    await test.store.finish('poll', 'other', [{ id: 'a', at: test.from }])
    await test.clock.advance(1_000)
    expect(ids()).toEqual(['a'])
  })

  it('keeps the lease of what takes long, where others would take it', async () => {
    await sent('a')
    await test.start({ shared: true, run: () => pass(60_000).then(() => null) })
    await test.start({ shared: true, owner: 'other' })
    await test.clock.advance(59_000)
    expect(ids()).toEqual(['a'])
    await test.clock.advance(2_000)
  })

  it('does not do a thing twice at once, though its lease ended while the history was away', async () => {
    await sent('a')
    const work = but({ renew: () => Promise.reject(new HistoryUnavailableError('broken')) })
    await test.start({ work, shared: true, run: () => pass(60_000).then(() => null) })
    await test.clock.advance(59_000)
    expect(ids()).toEqual(['a'])
    await test.clock.advance(2_000)
  })

  it('gives back later what the history did not take, and holds it until then', async () => {
    await sent('a')
    let away = true
    const work = but({
      async finish(...given) {
        if (away) throw new HistoryUnavailableError('broken')
        await test.store.finish(...given)
      },
    })
    const loop = await test.start({ work, run: async () => test.from + 30_000 })
    await test.clock.advance(5_000)
    expect(loop.holds('a')).toBe(true)
    away = false
    await test.clock.advance(1_000)
    expect([loop.holds('a'), await test.store.firstDue('poll')]).toEqual([false, test.from + 30_000])
  })

  it('goes on after a history that could not be read', async () => {
    await sent('a')
    let away = true
    const work = but({
      async take(request) {
        if (away) throw new HistoryUnavailableError('broken')
        return test.store.take(request)
      },
    })
    await test.start({ work })
    await test.clock.advance(5_000)
    away = false
    await test.clock.advance(10_000)
    expect(ids()).toEqual(['a'])
  })

  it('tries work that failed in an unforeseen way again, and says so', async () => {
    await sent('a')
    let fails = true
    await test.start({
      async run() {
        if (fails) throw new Error('unforeseen')
        return null
      },
    })
    await test.clock.advance(9_000)
    expect(test.logged).toContainEqual(
      expect.objectContaining({ level: 50, step: 'a', msg: 'step failed, trying again' }),
    )
    fails = false
    await test.clock.advance(2_000)
    expect(ids()).toEqual(['a', 'a'])
  })

  it('takes nothing where there is no room, and goes on when there is', async () => {
    await sent('a')
    let until: number | null = test.from + 20_000
    await test.start({ room: () => (until === null ? { atMost: 9, until: null } : { atMost: 0, until }) })
    await test.clock.advance(19_000)
    expect(test.ran).toEqual([])
    until = null
    await test.clock.advance(1_000)
    expect(test.ran).toEqual([['a', 20_000]])
  })

  it('begins with what an earlier process held, and with what the rows lack', async () => {
    await sent('held')
    await sent('lost')
    await test.store.take({
      kind: 'poll',
      now: test.from,
      limit: 9,
      lease: { owner: 'before', until: test.from + 600_000 },
    })
    await test.store.finish('poll', 'before', [{ id: 'lost', at: null }])
    await test.start()
    await test.clock.advance(1_000)
    expect(ids().sort()).toEqual(['held', 'lost'])
  })

  it('spreads what is overdue at its start', async () => {
    for (let index = 0; index < 100; index += 1) await sent(`${index}`, -1_000)
    await test.start()
    await test.clock.advance(2_500)
    expect(test.ran.length).toBeGreaterThan(40)
    expect(test.ran.length).toBeLessThan(60)
    await test.clock.advance(2_500)
    expect(test.ran).toHaveLength(100)
  })

  it('does at its start what is due too late to be true, as by a clock that was set back since', async () => {
    await sent('a', 3_600_000)
    await test.start()
    await test.clock.advance(1_000)
    expect(ids()).toEqual(['a'])
  })

  it('forgets every hour what nothing counts any more', async () => {
    const pruned: number[] = []
    const prune = async (now: number) => void pruned.push(now - test.from)
    await test.start({ work: but({ prune }) })
    await test.clock.advance(2 * 3_600_000)
    expect(pruned).toEqual([0, 3_600_000, 2 * 3_600_000])
    await test.start({ kind: 'copy', work: but({ prune }) })
    await test.clock.advance(1_000)
    expect(pruned).toHaveLength(3)
  })

  it('forgets deletions a day after nobody may ask for them any more, since clocks are set', async () => {
    const day = 24 * 3_600_000
    const before: number[] = []
    const prune = async (_now: number, deletedBefore: number) => void before.push(test.from - deletedBefore)
    await test.start({ work: but({ prune }), changesKeptMs: 30 * day })
    await test.clock.advance(1_000)
    expect(before).toEqual([31 * day])
  })

  it('does what was put on the list at once', async () => {
    await record(test.store, { id: 'a', state: 'COMPLETED' })
    const loop = await test.start({ kind: 'copy' })
    await test.clock.advance(1_000)
    await loop.put('a')
    await test.clock.advance(0)
    expect(test.ran).toEqual([['a', 1_000]])
  })

  it('holds the lease of a claim, and gives it back when that is over', async () => {
    await record(test.store, { id: 'a', state: 'CREATED', updatedAt: test.from + 999_000 })
    const loop = await test.start()
    loop.hold('a')
    expect([loop.holds('a'), loop.size]).toEqual([true, 1])
    loop.giveBack('a', test.from + 5_000)
    await test.clock.advance(0)
    expect([loop.holds('a'), loop.size]).toEqual([false, 0])
  })

  it('that stops takes nothing more, and waits for what is under way', async () => {
    await sent('a')
    await sent('b', 5_000)
    const loop = await test.start({ run: () => pass(10_000).then(() => test.from + 60_000) })
    await test.clock.advance(1_000)
    const stopped = loop.stop()
    await test.clock.advance(10_000)
    await stopped
    expect(ids()).toEqual(['a'])
    const lease = { owner: 'next', until: test.from + 99_000 }
    expect(await test.store.take({ kind: 'poll', now: test.from + 60_000, limit: 9, lease })).toMatchObject({
      jobs: [{ id: 'b' }, { id: 'a' }].sort((one, other) => one.id.localeCompare(other.id)),
    })
  })

  it('that stops while the history is away leaves the lease to its end, and does not hang', async () => {
    await sent('a')
    const work = but({ finish: () => Promise.reject(new HistoryUnavailableError('broken')) })
    const loop = await test.start({ work, run: async () => test.from + 60_000 })
    await test.clock.advance(5_000)
    await loop.stop()
    expect(test.clock.pending).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { useLoops } from '../support/loops.ts'
import { record } from '../support/stores.ts'

describe('the loop', () => {
  const test = useLoops()
  const { sent, but, pass, ids, slow, watched } = test

  it('prepares the rows one thing after the other, and takes what is due only then', async () => {
    const { work, calls } = slow('release', 'bringForward', 'repair', 'spread', 'prune', 'take')
    const loop = test.make({ work })
    void loop.start(test.step({}))
    await test.clock.advance(600)
    expect(calls).toEqual([
      ['release', 0, 100],
      ['bringForward', 100, 200],
      ['repair', 200, 300],
      ['spread', 300, 400],
      ['prune', 400, 500],
      ['take', 500, 600],
    ])
  })

  it.each([
    [false, 660_000],
    [true, 360_000],
  ])(
    'holds for true what is due within a lease and a pause, where others share the rows: %s',
    async (shared, ms) => {
      const forward: number[] = []
      const work = but({
        async bringForward(_kind, now, latest) {
          forward.push(latest - now)
        },
      })
      await test.start({ work, shared })
      await test.clock.advance(3 * 60_000)
      expect(forward).toEqual([ms])
    },
  )

  it('takes nothing while it spreads what is overdue, and goes on at once after it', async () => {
    const { work, takes } = watched()
    let slowly = false
    const loop = await test.start({
      work: {
        ...work,
        async spread(...given) {
          if (slowly) await pass(5_000)
          await test.store.spread(...given)
        },
      },
    })
    await test.clock.advance(1_000)
    await sent('a', 1_000)
    slowly = true
    const spreading = loop.spread()
    loop.wake()
    await test.clock.advance(4_999)
    expect(takes).toEqual([0])
    await test.clock.advance(1)
    await spreading
    expect([takes[1], ids()]).toEqual([6_000, ['a']])
  })

  it('goes on when what is overdue cannot be spread', async () => {
    let away = false
    const work = but({
      async spread(...given) {
        if (away) throw new HistoryUnavailableError('broken')
        await test.store.spread(...given)
      },
    })
    const loop = await test.start({ work })
    await test.clock.advance(1_000)
    await sent('a', 1_000)
    away = true
    await expect(loop.spread()).rejects.toThrow('The history is not available')
    await test.clock.advance(0)
    expect(ids()).toEqual(['a'])
  })

  it('makes what the rows lack when it is told to, and does it at once', async () => {
    const { work } = slow('repair')
    const loop = test.make({ work })
    void loop.start(test.step({}))
    await test.clock.advance(1_000)
    await sent('a')
    test.store.client.exec('DELETE FROM due')
    void loop.repair()
    await test.clock.advance(100)
    expect(test.ran).toEqual([['a', 1_100]])
  })

  it('asks for more at once where there is more, and a little later where others take it', async () => {
    for (const id of ['a', 'b', 'c']) await sent(id)
    const takes: number[] = []
    const work = but({
      async take(request) {
        takes.push(test.clock.now() - test.from)
        if (takes.length > 3 && takes.length < 6) return { jobs: [], orphans: [], nextAt: request.now }
        return test.store.take({ ...request, limit: 1 })
      },
      async spread() {},
    })
    await test.start({ work })
    await test.clock.advance(1_000)
    expect(test.ran.map(([, at]) => at)).toEqual([0, 0, 0])
    expect(takes).toEqual([0, 0, 0, 0, 50, 100])
  })

  it('does what is left of jobs that were deleted, in the same batches', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await sent(id)
    for (const id of ['b', 'd']) await test.store.remove(id, () => true, test.from)
    const { work, takes } = watched()
    const orphans: [string, number][] = []
    await test.start({
      work: { ...work, take: (request) => work.take({ ...request, limit: 2 }), async spread() {} },
      async runOrphan({ jobId }) {
        orphans.push([jobId, test.clock.now() - test.from])
        return orphans.length > 2 ? null : test.from + 5_000
      },
    })
    await test.clock.advance(9_000)
    expect(ids()).toEqual(['a', 'c'])
    expect(orphans).toEqual([
      ['b', 0],
      ['d', 0],
      ['b', 5_000],
      ['d', 5_000],
    ])
    expect(takes.slice(0, 3)).toEqual([0, 0, 0])
  })

  it('lets go of what is left of a job that was deleted where nobody does it', async () => {
    await sent('a')
    await test.store.remove('a', () => true, test.from)
    const loop = await test.start()
    await test.clock.advance(1_000)
    expect([ids(), loop.size]).toEqual([[], 0])
  })

  it('asks again only when something is due', async () => {
    await sent('a')
    await sent('b', 10_000)
    const { work, takes } = watched()
    await test.start({ work, run: () => pass(1_000).then(() => null) })
    await test.clock.advance(59_000)
    expect(takes).toEqual([0, 10_000])
    // What nobody told it of it sees after a minute.
    await test.clock.advance(21_000)
    expect(takes).toEqual([0, 10_000, 70_000])
  })

  it.each([
    ['its own limit', { atOnce: 4, room: () => ({ atMost: 99, until: null }) }, 4],
    ['the room there is', { room: () => ({ atMost: 2, until: null }) }, 2],
    ['256', {}, 256],
  ] as const)('does no more at once than %s', async (_name, options, expected) => {
    for (let index = 0; index < 300; index += 1) await sent(`${index}`)
    let now = 0
    let most = 0
    await test.start({
      ...options,
      work: but({ async spread() {} }),
      async run() {
        now += 1
        most = Math.max(most, now)
        await pass(10)
        now -= 1
        return null
      },
    })
    await test.clock.advance(100)
    expect(most).toBe(expected)
    await test.clock.advance(10_000)
  })

  it('asks for more when a quarter of its places is free, and not for each', async () => {
    for (let index = 0; index < 40; index += 1) await sent(`${index}`.padStart(2, '0'))
    const { work, takes } = watched()
    let begun = 0
    await test.start({
      work: { ...work, async spread() {} },
      atOnce: 20,
      run: () => pass(1_000 * (begun++ + 1)).then(() => null),
    })
    await test.clock.advance(6_500)
    expect(takes).toEqual([0, 6_000])
    await test.clock.advance(60_000)
  })

  it('comes back at the earliest of the times that are given back together', async () => {
    await sent('a')
    await sent('b')
    const next: Record<string, number[]> = { a: [10_000], b: [5_000] }
    const { work, takes } = watched()
    await test.start({
      work: { ...work, async spread() {} },
      run: async ({ id }) => {
        const inMs = next[id]?.shift()
        return inMs === undefined ? null : test.from + inMs
      },
    })
    await test.clock.advance(20_000)
    expect(test.ran.slice(2)).toEqual([
      ['b', 5_000],
      ['a', 10_000],
    ])
    expect(takes).toEqual([0, 5_000, 10_000])
  })

  it('tells when work begins and when it ends, and what it is', async () => {
    await sent('a')
    const steps: number[] = []
    await test.start({
      onStep: () => void steps.push(test.clock.now() - test.from),
      run: () => pass(700).then(() => null),
    })
    await test.clock.advance(1_000)
    expect(steps).toEqual([0, 700])
    expect(test.logged).toContainEqual(
      expect.objectContaining({ level: 20, step: 'a', kind: 'poll', msg: 'step' }),
    )
  })

  it('does what is put on the list only when it is there', async () => {
    const { work } = slow('put')
    await record(test.store, { id: 'a', state: 'COMPLETED' })
    const loop = await test.start({ work, kind: 'copy' })
    await test.clock.advance(1_000)
    void loop.put('a')
    await test.clock.advance(200)
    expect(test.ran).toEqual([['a', 1_100]])
  })
})

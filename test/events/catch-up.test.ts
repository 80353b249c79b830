import { describe, expect, it } from 'vitest'
import { createCatchUp } from '../../src/events/catch-up.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { ChangePlace } from '../../src/jobs/store.ts'
import type { ChangeLog } from '../../src/jobs/work.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleJob } from '../support/job.ts'
import { createLogLines } from '../support/log-lines.ts'

const place = (sequence: number): ChangePlace => ({ transaction: 0, sequence })

/** A log of changes in which each is that of a job of its own, named by its number. */
function start(change: { followed?: boolean; log?: Partial<ChangeLog>; pageSize?: number } = {}) {
  const clock = createFakeClock()
  const { log, lines } = createLogLines('debug')
  const told: string[] = []
  const read: number[] = []
  const asked: string[] = []
  const world = { followed: true, written: 0, pages: 1, ...change }
  const catchUp = createCatchUp({
    changes: {
      async latest() {
        asked.push('latest')
        return place(world.written)
      },
      async changesAfter({ sequence }, limit) {
        expect(limit).toBe(500)
        asked.push('after')
        const to = Math.min(world.written, sequence + Math.ceil(world.written / world.pages))
        const jobs: Job[] = []
        for (let number = sequence + 1; number <= to; number += 1) jobs.push(sampleJob({ id: `${number}` }))
        return { jobs, place: place(to), isLast: to === world.written }
      },
      ...change.log,
    },
    from: place(0),
    clock,
    log,
    isFollowed: () => world.followed,
    tell: ({ id }) => void told.push(id),
    onRead: (before) => void read.push(before - clock.now()),
  })
  return { world, catchUp, clock, told, read, asked, lines }
}

describe('what messages may have missed', () => {
  it('is told every five seconds, each change once', async () => {
    const { world, catchUp, clock, told } = start()
    catchUp.start()
    world.written = 2
    await clock.advance(4_999)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual(['1', '2'])
    world.written = 3
    await clock.advance(5_000)
    expect(told).toEqual(['1', '2', '3'])
    catchUp.stop()
  })

  it('is read to its end, page by page', async () => {
    const { world, catchUp, told, asked } = start()
    Object.assign(world, { written: 9, pages: 3 })
    await catchUp.now()
    expect(asked).toEqual(['after', 'after', 'after'])
    expect(told).toEqual([...'123456789'])
  })

  it('is skipped where nobody wants to know, but for what comes after', async () => {
    const { world, catchUp, told, asked } = start({ followed: false })
    world.written = 2
    await catchUp.now()
    expect(asked).toEqual(['latest'])
    Object.assign(world, { written: 3, followed: true })
    await catchUp.now()
    expect(told).toEqual(['3'])
  })

  it('is told to who came while the end was asked for: what they read may be older', async () => {
    const test = start({
      followed: false,
      log: {
        async latest() {
          test.world.followed = true
          return place(test.world.written)
        },
      },
    })
    test.world.written = 2
    await test.catchUp.now()
    expect(test.told).toEqual(['1', '2'])
  })

  it('is read once at a time, however often it is asked for', async () => {
    let reads = 0
    const test = start({
      log: {
        async changesAfter(from) {
          reads += 1
          return { jobs: [], place: from, isLast: true }
        },
      },
    })
    await Promise.all([test.catchUp.now(), test.catchUp.now()])
    expect(reads).toBe(1)
    await test.catchUp.now()
    expect(reads).toBe(2)
  })

  it('can be forgotten once no message about it can come any more', async () => {
    const { catchUp, read } = start()
    await catchUp.now()
    expect(read).toEqual([-90_000])
  })

  it.each([
    ['warn', new Error('unforeseen'), 40],
    // Its own line says that it is away.
    ['debug', new HistoryUnavailableError('broken'), 20],
  ] as const)(
    'is read by the next round where the history fails, which is said at %s',
    async (_name, error, level) => {
      let fails = true
      const test = start({
        log: {
          async changesAfter() {
            if (fails) throw error
            return { jobs: [sampleJob({ id: 'late' })], place: place(1), isLast: true }
          },
        },
      })
      test.catchUp.start()
      await test.clock.advance(5_000)
      const { message } = error
      expect(test.lines).toMatchObject([
        { level, msg: 'changes cannot be read, trying again', err: { message } },
      ])
      expect(test.read).toEqual([])
      fails = false
      await test.clock.advance(5_000)
      expect(test.told).toEqual(['late'])
      test.catchUp.stop()
    },
  )

  it('is read no more after a stop, nor complained about', async () => {
    let reads = 0
    const test = start({
      log: {
        async changesAfter(from) {
          reads += 1
          if (reads === 2) throw new Error('closed')
          test.catchUp.stop()
          return { jobs: [], place: from, isLast: false }
        },
      },
    })
    test.catchUp.start()
    await test.clock.advance(20_000)
    expect([reads, test.clock.pending]).toEqual([1, 0])
  })

  it('is not complained about where a stop comes between, and its next round is called off', async () => {
    const test = start({
      log: {
        async changesAfter() {
          test.catchUp.stop()
          throw new Error('closed')
        },
      },
    })
    test.catchUp.start()
    expect(test.clock.pending).toBe(1)
    await test.catchUp.now()
    expect([test.lines, test.clock.pending]).toEqual([[], 0])
  })
})

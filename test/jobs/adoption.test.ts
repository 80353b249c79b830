import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeAround, mayBeAnswered, ownTask } from '../../src/jobs/adoption.ts'
import { sampleReport } from '../support/job.ts'

const post = (jobId: string, sentAt: number | null) => ({ jobId, sentAt })
const task = (id: string, createdAt: number | null) => sampleReport({ id, createdAt })

describe('of very many equal requests whose answers were lost', () => {
  it('each gets its own, by those that were sent about then', () => {
    const posts = Array.from({ length: 3_000 }, (_, index) => post(`job ${index}`, index * 10))
    const tasks = posts.map(({ sentAt }, index) => task(`task ${index}`, (sentAt ?? 0) + 4))
    for (const index of [0, 1, 1_500, 2_999]) {
      const own = posts[index] ?? post('', 0)
      const others = posts.filter((other) => other !== own)
      expect(ownTask(own, others.toReversed(), tasks.toReversed())).toMatchObject({ id: `task ${index}` })
    }
  })

  it('only the nearest five hundred are compared', () => {
    const own = post('own', 1_000)
    const earlier = post('earlier', 900)
    const near = (count: number) => Array.from({ length: count }, (_, index) => post(`near ${index}`, 1_001))
    // That of the earlier one, if it counts.
    const tasks = [task('p', 999)]
    expect(ownTask(own, [earlier, ...near(498)], tasks)).toBeNull()
    expect(ownTask(own, [earlier, ...near(499)], tasks)).toMatchObject({ id: 'p' })
  })

  it('only the nearest six hundred tasks are compared with them', () => {
    const own = post('own', 1_000_000)
    // Less likely its own than one that is late, if that counts.
    const earlier = (count: number) => Array.from({ length: count }, (_, index) => task(`${index}`, 999_999))
    const late = task('late', 1_100_000)
    expect(ownTask(own, [], [late, ...earlier(599)])).toMatchObject({ id: 'late' })
    expect(ownTask(own, [], [late, ...earlier(600)])).toMatchObject({ createdAt: 999_999 })
  })
})

describe('of equal requests whose answers were lost', () => {
  it('the only one gets the only task, however late it was made', () => {
    expect(ownTask(post('a', 1_000), [], [task('p', 61_000)])).toMatchObject({ id: 'p' })
    expect(ownTask(post('a', 1_000), [], [])).toBeNull()
  })

  it('each gets the task that was made right after it', () => {
    const [first, second] = [post('a', 1_000), post('b', 9_000)]
    const tasks = [task('q', 9_200), task('p', 1_100)]
    expect(ownTask(first, [second], tasks)).toMatchObject({ id: 'p' })
    expect(ownTask(second, [first], tasks)).toMatchObject({ id: 'q' })
  })

  it('each gets its own though the dates of all are late, as those of whole seconds are', () => {
    const [first, second] = [post('a', 219_245), post('b', 220_014)]
    const tasks = [task('p', 220_380), task('q', 221_060)]
    expect(ownTask(first, [second], tasks)).toMatchObject({ id: 'p' })
    expect(ownTask(second, [first], tasks)).toMatchObject({ id: 'q' })
  })

  it('one that never arrived leaves the task of a later one alone', () => {
    const tasks = [task('p', 9_200)]
    expect(ownTask(post('a', 1_000), [post('b', 9_000)], tasks)).toBeNull()
    expect(ownTask(post('b', 9_000), [post('a', 1_000)], tasks)).toMatchObject({ id: 'p' })
  })

  it('a task that is dated before a POST is rather that of an earlier one', () => {
    const tasks = [task('p', 8_900)]
    expect(ownTask(post('b', 9_000), [post('a', 1_000)], tasks)).toBeNull()
    // By a difference of clocks alone it may be its own.
    expect(ownTask(post('b', 9_000), [], tasks)).toMatchObject({ id: 'p' })
  })

  it('a task without a date is the last that is taken', () => {
    const tasks = [task('undated', null), task('p', 30_000)]
    expect(ownTask(post('a', 1_000), [], tasks)).toMatchObject({ id: 'p' })
    expect(ownTask(post('a', 1_000), [post('b', 29_000)], tasks)).toMatchObject({ id: 'undated' })
  })

  it('a task of the very moment of a POST is its own', () => {
    expect(ownTask(post('a', 1_000), [post('b', 0)], [task('p', 1_000)])).toMatchObject({ id: 'p' })
  })

  it('of tasks that are dated before a POST the nearest is its own', () => {
    const tasks = [task('p', 2_000), task('q', 9_000)]
    expect(ownTask(post('a', 10_000), [], tasks)).toMatchObject({ id: 'q' })
  })

  it('any delay is more likely than a date before the POST', () => {
    expect(ownTask(post('a', 200_000), [post('b', 39_999)], [task('p', 199_999)])).toBeNull()
  })

  it('what has no date comes after whatever has one', () => {
    const tasks = [task('undated', null), task('p', 300_000)]
    expect(ownTask(post('a', 1_000), [], tasks)).toMatchObject({ id: 'p' })
    expect(ownTask(post('a', null), [post('b', 2_000)], [task('p', 1_000)])).toBeNull()
  })

  it('no two get the same, none goes without while a task is left, and none overtakes another', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 200_000 }), { maxLength: 6 })
    fc.assert(
      fc.property(times, times, (sent, made) => {
        const posts = sent.map((at) => post(`job ${at}`, at))
        const tasks = made.map((at) => task(`task ${at}`, at))
        const inOrder = posts.toSorted((one, another) => (one.sentAt ?? 0) - (another.sentAt ?? 0))
        const others = (own: object) => posts.filter((other) => other !== own)
        const dates = inOrder.flatMap((own) => ownTask(own, others(own), tasks)?.createdAt ?? [])
        expect(dates).toEqual([...new Set(dates)].sort((one, another) => one - another))
        expect(dates).toHaveLength(Math.min(posts.length, tasks.length))
      }),
    )
  })
})

it('an answer may come as long as a POST lasts', () => {
  expect([0, 29_999, 30_000].map((passed) => mayBeAnswered(post('a', 1_000), 1_000 + passed))).toEqual([
    true,
    true,
    false,
  ])
  expect(mayBeAnswered(post('a', null), 1_000)).toBe(false)
})

it('a task was made while its POST lasted, by clocks that differ by three minutes', () => {
  expect(madeAround(1_000_000)).toEqual({ from: 820_000, to: 1_210_000 })
})

import { describe, expect, it } from 'vitest'
import type { Lease } from '../../src/jobs/work.ts'
import { createLeases, type LeaseTerms, termsOf } from '../../src/worker/lease.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const terms: LeaseTerms = { ms: 15_000, renewMs: 5_000 }

function start(use: LeaseTerms = terms) {
  const clock = createFakeClock()
  const begin = clock.now()
  const renewed: { ids: readonly string[]; lease: Lease; at: number }[] = []
  let answer: () => Promise<void> = async () => {}
  const leases = createLeases({
    work: {
      renew(_kind, ids, lease) {
        renewed.push({ ids, lease, at: clock.now() - begin })
        return answer()
      },
    },
    kind: 'poll',
    clock,
    owner: 'me',
    terms: use,
  })
  /** Work on a job that lasts until `end` is called. */
  function work(jobId: string) {
    leases.hold(jobId)
    return { end: () => leases.drop(jobId) }
  }
  return {
    clock,
    begin,
    renewed,
    leases,
    work,
    answerBy(next: () => Promise<void>) {
      answer = next
    },
  }
}

describe('the leases of a process', () => {
  it('last for their terms, in its name, and are counted', () => {
    const { leases } = start()
    expect([leases.size, leases.has('a')]).toEqual([0, false])
    leases.hold('a')
    expect([leases.size, leases.has('a')]).toEqual([1, true])
    leases.drop('a')
    expect([leases.size, leases.has('a')]).toEqual([0, false])
    expect(leases.from(1_000)).toEqual({ owner: 'me', until: 16_000 })
  })

  it('in use are renewed all with one statement, long before they end', async () => {
    const { clock, begin, renewed, work } = start()
    const works = ['a', 'b', 'c'].map(work)
    await clock.advance(10_000)
    const ids = ['a', 'b', 'c']
    expect(renewed).toEqual([
      { ids, at: 5_000, lease: { owner: 'me', until: begin + 20_000 } },
      { ids, at: 10_000, lease: { owner: 'me', until: begin + 25_000 } },
    ])
    for (const { end } of works) end()
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  })

  it('are renewed only while they are in use', async () => {
    const { clock, renewed, work } = start()
    const [a, b] = [work('a'), work('b')]
    await clock.advance(5_000)
    a.end()
    await clock.advance(5_000)
    b.end()
    expect(clock.pending).toBe(0)
    await clock.advance(60_000)
    expect(renewed.map(({ ids }) => ids)).toEqual([['a', 'b'], ['b']])
  })

  it('of work that begins after all of it had ended are renewed again', async () => {
    const { clock, renewed, work } = start()
    const a = work('a')
    a.end()
    const b = work('b')
    await clock.advance(10_000)
    expect(renewed.map(({ ids }) => ids)).toEqual([['b'], ['b']])
    b.end()
    expect(clock.pending).toBe(0)
  })

  it('whose work is short are never renewed, and leave no timer', async () => {
    const { clock, renewed, leases } = start()
    for (let index = 0; index < 20; index += 1) {
      leases.hold(`job ${index}`)
      leases.drop(`job ${index}`)
      await clock.advance(1_000)
    }
    expect({ renewed, pending: clock.pending }).toEqual({ renewed: [], pending: 0 })
  })

  it('are renewed again after a history that did not answer', async () => {
    const { clock, renewed, work, answerBy } = start()
    const { end } = work('a')
    answerBy(async () => {
      throw new Error('the history is away')
    })
    await clock.advance(10_000)
    expect(renewed).toHaveLength(2)
    end()
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  })

  it('are renewed by one statement at a time, and by no timer that outlives them', async () => {
    const { clock, renewed, work, answerBy } = start()
    let answer: () => void = () => {}
    answerBy(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve
        }),
    )
    const a = work('a')
    await clock.advance(60_000)
    expect(renewed).toHaveLength(1)
    a.end()
    answer()
    await clock.advance(60_000)
    expect({ renewals: renewed.length, pending: clock.pending }).toEqual({ renewals: 1, pending: 0 })
  })

  it('of work that begins while others are renewed are renewed in time, too', async () => {
    const { clock, renewed, work, answerBy } = start()
    let answer: () => void = () => {}
    answerBy(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve
        }),
    )
    const a = work('a')
    await clock.advance(5_000)
    a.end()
    const b = work('b')
    answer()
    await clock.advance(5_000)
    expect(renewed.map(({ ids }) => ids)).toEqual([['a'], ['b']])
    b.end()
    answer()
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  })

  it('of a history that is its own need no renewal', async () => {
    const { clock, renewed, work } = start(termsOf(false))
    const { end } = work('a')
    expect(clock.pending).toBe(0)
    await clock.advance(60_000)
    end()
    expect(renewed).toEqual([])
  })

  it('of a history that is its own outlast any step', () => {
    expect(termsOf(false).ms).toBeGreaterThan(5 * 60_000)
  })

  it('on a shared history are taken over a quarter of a minute after a process is gone', () => {
    expect(termsOf(true).ms).toBeLessThanOrEqual(15_000)
  })

  it('on a shared history survive two renewals that fail', () => {
    expect(termsOf(true).ms).toBeGreaterThanOrEqual(3 * (termsOf(true).renewMs ?? 0))
  })
})

import { describe, expect, it } from 'vitest'
import type { Lease } from '../../src/jobs/work.ts'
import { createLeases, exclusiveTerms, type LeaseTerms, sharedTerms } from '../../src/worker/lease.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const terms: LeaseTerms = { ms: 15_000, renewMs: 5_000 }

function start(use: LeaseTerms = terms) {
  const clock = createFakeClock()
  const begin = clock.now()
  const renewed: { ids: readonly string[]; lease: Lease; at: number }[] = []
  let answer: () => Promise<void> = async () => {}
  const leases = createLeases({
    store: {
      renewLeases(ids, lease) {
        renewed.push({ ids, lease, at: clock.now() - begin })
        return answer()
      },
    },
    clock,
    owner: 'me',
    terms: use,
  })
  /** Work on a job that lasts until `end` is called. */
  function work(jobId: string) {
    let end: () => void = () => {}
    const ended = leases.during(
      jobId,
      () =>
        new Promise<string>((resolve) => {
          end = () => resolve(`${jobId} done`)
        }),
    )
    return { ended, end: () => end() }
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
  it('last for their terms, in its name', () => {
    const { leases } = start()
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
    expect(await a.ended).toBe('a done')
    await clock.advance(5_000)
    b.end()
    await b.ended
    expect(clock.pending).toBe(0)
    await clock.advance(60_000)
    expect(renewed.map(({ ids }) => ids)).toEqual([['a', 'b'], ['b']])
  })

  it('of work that begins after all of it had ended are renewed again', async () => {
    const { clock, renewed, work } = start()
    const a = work('a')
    a.end()
    await a.ended
    const b = work('b')
    await clock.advance(10_000)
    expect(renewed.map(({ ids }) => ids)).toEqual([['b'], ['b']])
    b.end()
    await b.ended
    expect(clock.pending).toBe(0)
  })

  it('whose work is short are never renewed, and leave no timer', async () => {
    const { clock, renewed, leases } = start()
    for (let index = 0; index < 20; index += 1) {
      await leases.during(`job ${index}`, async () => {})
      await clock.advance(1_000)
    }
    expect({ renewed, pending: clock.pending }).toEqual({ renewed: [], pending: 0 })
  })

  it('are given up by work that fails, whose error is passed on', async () => {
    const { clock, leases } = start()
    const failing = leases.during('a', async () => {
      throw new Error('it failed')
    })
    await expect(failing).rejects.toThrow('it failed')
    expect(clock.pending).toBe(0)
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
    await a.ended
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
    await a.ended
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
    const { clock, renewed, work } = start(exclusiveTerms)
    const { end, ended } = work('a')
    expect(clock.pending).toBe(0)
    await clock.advance(60_000)
    end()
    await ended
    expect(renewed).toEqual([])
  })

  it('of a history that is its own outlast any step', () => {
    expect(exclusiveTerms.ms).toBeGreaterThan(5 * 60_000)
  })

  it('on a shared history are taken over a quarter of a minute after a process is gone', () => {
    expect(sharedTerms.ms).toBeLessThanOrEqual(15_000)
  })

  it('on a shared history survive two renewals that fail', () => {
    expect(sharedTerms.ms).toBeGreaterThanOrEqual(3 * (sharedTerms.renewMs ?? 0))
  })
})

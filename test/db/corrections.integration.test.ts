import { describe, expect, it } from 'vitest'
import { correctionOf } from '../../src/jobs/correction.ts'
import { sampleReport } from '../support/job.ts'
import { decide, stores, useStore } from '../support/stores.ts'

describe.each(stores)('a guess that is corrected on $name', ({ open }) => {
  const opened = useStore(open)

  /** Jobs of the same request, of which the search has found the task of each. */
  async function guess(tasks: Readonly<Record<string, string>>): Promise<void> {
    for (const [id, task] of Object.entries(tasks)) {
      await opened.insert({ id, runAt: 0 })
      await opened.store.claim({
        now: 2_000,
        limits: { videosPerMinute: 9, concurrency: 9 },
        windowStart: 0,
        lease: { owner: 'me', until: 9_000 },
        decide: decide({ type: 'claimed' }, 2_000),
      })
      await opened.store.markSent(id, 2, 2_000)
      const report = sampleReport({ id: task })
      const event = { type: 'accepted', report, adopted: true, guessed: true, deadlineAt: 90_000 } as const
      await opened.store.advance(id, decide(event, 3_000))
    }
  }
  const told = (id: string) => ({ report: sampleReport({ id }), deadlineAt: 90_000 })
  const correct = (id: string, task: string) =>
    opened.store.correct(id, task, (own, holder) => correctionOf(own, holder, told(task), 4_000))
  async function held() {
    const ids = ['a', 'b', 'c']
    const jobs = await Promise.all(ids.map((id) => opened.store.job(id)))
    const sent = await Promise.all(ids.map((id) => opened.store.submission(id)))
    return ids.map((_, index) => [
      jobs[index]?.predictionId,
      sent[index]?.predictionId,
      sent[index]?.guessed,
      sent[index]?.endedAt,
    ])
  }

  it('exchanges what two jobs hold, each with one entry of its timeline, and no place is counted twice', async () => {
    await guess({ a: 'p1', b: 'p2', c: 'p3' })
    const corrected = await correct('a', 'p2')
    expect(corrected?.own.after).toMatchObject({ id: 'a', predictionId: 'p2', version: 4 })
    expect(corrected?.holder?.after).toMatchObject({ id: 'b', predictionId: 'p1', version: 4 })
    expect(await held()).toEqual([
      ['p2', 'p2', false, null],
      ['p1', 'p1', true, null],
      ['p3', 'p3', true, null],
    ])
    expect((await opened.store.timelines(['a', 'b'])).map((entries) => entries.at(-1)?.version)).toEqual([
      4, 4,
    ])
    expect(await opened.store.jobOfPrediction('p1')).toBe('b')
  })

  it('goes round among three until each has its own', async () => {
    await guess({ a: 'p1', b: 'p2', c: 'p3' })
    await correct('a', 'p2')
    await correct('b', 'p3')
    expect(await correct('c', 'p1')).toBeNull()
    expect((await held()).map(([job]) => job)).toEqual(['p2', 'p3', 'p1'])
  })

  it('leaves everything as it is where nobody guessed', async () => {
    await guess({ a: 'p1', b: 'p2' })
    await correct('b', 'p9')
    const before = await held()
    expect(await correct('a', 'p9')).toBeNull()
    expect(await held()).toEqual(before)
  })

  it('has both callbacks of two that were exchanged come at once', async () => {
    await guess({ a: 'p1', b: 'p2' })
    await Promise.all([correct('a', 'p2'), correct('b', 'p1')])
    expect((await held()).slice(0, 2).map(([job, sent]) => [job, sent])).toEqual([
      ['p2', 'p2'],
      ['p1', 'p1'],
    ])
  })

  it('is of nobody where the job is gone, and of nothing where the other one was deleted', async () => {
    await guess({ a: 'p1', b: 'p2' })
    expect(await correct('unknown', 'p2')).toBeNull()
    await opened.store.remove('b', () => true, 4_000)
    expect(await correct('a', 'p2')).toBeNull()
  })
})

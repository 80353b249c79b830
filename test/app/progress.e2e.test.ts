import { describe, expect, it } from 'vitest'
import { keptDurations } from '../../src/jobs/estimate.ts'
import { startCalledBack } from '../support/called-back.ts'
import { start } from '../support/clocked-app.ts'
import { eventually } from '../support/eventually.ts'
import { drawn, spreadOver, summaryOf } from '../support/polling.ts'
import { createDraws } from '../support/seed.ts'

interface Progress {
  readonly fraction: number
  readonly expectedAt: string
  readonly basis: string
  readonly basisJobs: number
}

const second = 1_000

describe('the progress of a job', () => {
  async function opened(env = {}) {
    const { app, clock, ends, reaches } = await start({ env, sandbox: { taskSeconds: 60 } })
    const progress = async (id: string) => {
      const query = '{ job(id: "ID") { progress { fraction expectedAt basis basisJobs } } }'.replace('ID', id)
      return (await app.graphql<{ job: { progress: Progress | null } }>(query)).job.progress
    }
    return { app, clock, ends, reaches, progress }
  }

  it('is told from when the vendor has it to its end, never falls, and needs no poll', async () => {
    const { app, clock, ends, reaches, progress } = await opened()
    const id = await app.create()
    await reaches(id, 'PROCESSING')
    const seen: Progress[] = []
    const polls = app.sandbox.ledger.polls().length
    for (let count = 0; count < 5; count += 1) {
      const read = await progress(id)
      if (read) seen.push(read)
      await clock.advance(second)
    }
    expect(app.sandbox.ledger.polls().length).toBeLessThanOrEqual(polls + 1)
    expect(seen).toHaveLength(5)
    for (const [index, { fraction, basis, basisJobs }] of seen.entries()) {
      expect(fraction).toBeGreaterThan(seen[index - 1]?.fraction ?? 0)
      expect(fraction).toBeLessThan(1)
      expect({ basis, basisJobs }).toEqual({ basis: 'PRIOR', basisJobs: 0 })
    }
    expect(new Set(seen.map(({ expectedAt }) => expectedAt)).size).toBe(1)
    await ends(id)
    expect(await progress(id)).toBeNull()
  })

  it('is by earlier jobs of the kind once there are twenty, also after a restart', async () => {
    const { app, clock, ends, reaches, progress } = await opened()
    const made = []
    for (let count = 0; count < 20; count += 1) made.push(await app.create('[sandbox:seconds=30] a fox'))
    for (const id of made) await ends(id)
    await clock.advance(60 * second) // What a gateway has read of a kind is held to be true for half a minute.
    const id = await app.create('[sandbox:seconds=30] an owl')
    await reaches(id, 'PROCESSING')
    const before = await progress(id)
    expect(before).toMatchObject({ basis: 'HISTORY', basisJobs: 20 })
    await app.restart()
    const after = await progress(id)
    expect(after).toEqual({ ...before, fraction: after?.fraction })
    expect(after?.fraction).toBeGreaterThanOrEqual(before?.fraction ?? 1)
    const longer = await app.create('[sandbox:seconds=30] a hare', { duration: 8 })
    await reaches(longer, 'PROCESSING')
    expect(await progress(longer)).toMatchObject({ basis: 'MODEL', basisJobs: 20 })
  })

  /** Jobs of a minute, as docs/job-lifecycle.md has them: how often each was polled, and when its end was noticed. */
  async function followed({ app, clock, ends }: Awaited<ReturnType<typeof opened>>, jobs: number) {
    const draws = createDraws()
    const lengths = [...spreadOver(60_000, jobs)]
    const made: string[] = []
    while (lengths.length > 0) {
      const [length = 0] = lengths.splice(draws.whole(0, lengths.length - 1), 1)
      made.push(await app.create(`[sandbox:seconds=${length / second}] number ${made.length}`))
      await clock.advance(100)
    }
    for (const id of made) await ends(id)
    const seen = made.map(async (id) => {
      const query = '{ job(id: "ID") { predictionId finishedAt } }'.replace('ID', id)
      type Ended = { readonly predictionId: string; readonly finishedAt: string }
      const { predictionId, finishedAt } = (await app.graphql<{ job: Ended }>(query)).job
      const polls = app.sandbox.ledger.polls().filter((poll) => poll.predictionId === predictionId)
      const end = app.sandbox.tasks.get(predictionId)?.endsAt ?? 0
      return { polls: polls.length, lateMs: Date.parse(finishedAt) - end }
    })
    return Promise.all(seen)
  }

  it('places the polls: eight for a job of a minute on the median, and its end is noticed in time', async () => {
    const world = await opened()
    for (const basis of ['the prior', 'a history of 200']) {
      const { polls, late, mostLate } = summaryOf(await followed(world, keptDurations))
      process.stdout.write(
        `a minute on the sandbox, by ${basis}: ${polls} polls, ${late} s late, ${mostLate} s at 95 %\n`,
      )
      expect(polls).toBeLessThanOrEqual(8)
      // Pauses of 5 s: 2.5 s late on the median. The rest is what two hundred jobs differ by from all that there could be.
      expect(late).toBeLessThan(2.55)
      expect(mostLate).toBeLessThanOrEqual(5)
    }
  })

  it('is over at once where callbacks come: before the clock moves on, and without a poll', async () => {
    const { app, clock, proven } = await startCalledBack()
    await proven()
    const draws = createDraws()
    const made: string[] = []
    for (let count = 0; count < 20; count += 1) {
      made.push(await app.create(`[sandbox:seconds=${(drawn(30_000, draws) / second).toFixed(1)}] a fox`))
    }
    await clock.until(async () =>
      (await Promise.all(made.map((id) => app.isIn(id, 'CREATED')))).every(Boolean),
    )
    const jobs = await Promise.all(made.map((id) => app.job(id)))
    const tasks = jobs.map(({ id, predictionId }) => ({
      id,
      task: app.sandbox.tasks.get(predictionId ?? ''),
    }))
    tasks.sort((one, other) => (one.task?.endsAt ?? 0) - (other.task?.endsAt ?? 0))
    for (const { id, task } of tasks) {
      await clock.advance(Math.max((task?.endsAt ?? 0) - clock.now(), 0))
      await eventually(async () => expect(await app.hasEnded(id)).toBe(true))
      expect(app.sandbox.ledger.polls(task?.id)).toEqual([])
    }
  })
})

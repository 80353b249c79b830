import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobErrors } from '../../src/jobs/failure.ts'
import type { Job, JobError, Transition } from '../../src/jobs/job.ts'
import { isTerminal, type JobEvent, transition } from '../../src/jobs/state.ts'
import type { PredictionReport } from '../../src/jobs/vendor.ts'
import { sampleJob } from '../support/job.ts'
import { always } from '../support/seed.ts'

const word = fc.constantFrom('created', 'processing', 'completed', 'failed', 'dreaming', 'rendering')
const error: fc.Arbitrary<JobError> = fc.record({
  code: fc.constantFrom(...(Object.keys(jobErrors) as (keyof typeof jobErrors)[])),
  message: fc.constantFrom('no such clip', 'no'),
})

/** Any report, those that make no sense included: a status that does not fit its phase, outputs of a failed task. */
const report: fc.Arbitrary<PredictionReport> = fc.record({
  id: fc.constantFrom('p1', 'p1', 'p1', 'p2'),
  phase: fc.constantFrom('created', 'processing', 'completed', 'failed', 'other'),
  status: word,
  outputs: fc.constantFrom([], [{ url: 'https://example.com/out.mp4', nsfw: null, expiresAt: 9 }]),
  unusable: fc.constantFrom([], ['output 2 is a number']),
  inferenceMs: fc.constantFrom(null, 20_000),
  createdAt: fc.constant(null),
  failure: fc.option(error),
})

const message = fc.constantFrom('HTTP 429', 'cut')
const often = <T extends JobEvent>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 4 })
const rarely = <T extends JobEvent>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 1 })

const event: fc.Arbitrary<JobEvent> = fc.oneof(
  often(fc.record({ type: fc.constant('claimed'), callbackToken: fc.constantFrom(undefined, 't1', 't2') })),
  often(
    fc.record({
      type: fc.constant('accepted'),
      report,
      adopted: fc.boolean(),
      deadlineAt: fc.nat(9_000_000),
    }),
  ),
  often(fc.record({ type: fc.constant('reported'), report })),
  rarely(fc.record({ type: fc.constant('deferred'), message, until: fc.nat(9_000_000) })),
  rarely(fc.record({ type: fc.constant('refused'), error })),
  rarely(fc.record({ type: fc.constant('unknown'), message })),
  rarely(fc.record({ type: fc.constant('neverFound') })),
  rarely(fc.record({ type: fc.constant('gone'), message })),
  rarely(fc.record({ type: fc.constant('deadlinePassed') })),
  rarely(fc.record({ type: fc.constant('canceled') })),
  rarely(
    fc.record({
      type: fc.constant('outputKept'),
      index: fc.nat(1),
      copy: fc.constant({ key: 'k', bytes: 1, contentType: 'video/mp4' }),
    }),
  ),
  rarely(fc.record({ type: fc.constant('outputsLost'), reason: fc.constant('gone') })),
)

interface Step {
  readonly event: JobEvent
  /** How far the clock moves before it, backwards too. */
  readonly jump: number
}

const life = fc.array(
  fc.record<Step>({
    event,
    jump: fc.oneof(fc.nat(60_000), fc.integer({ min: -90_000_000, max: 90_000_000 })),
  }),
  { maxLength: 60 },
)

interface Change extends Transition {
  readonly before: Job
  readonly event: JobEvent
  readonly now: number
}

/** Lives through the steps and answers those that changed the job. */
function live(steps: readonly Step[]): Change[] {
  const changes: Change[] = []
  let job = sampleJob({ createdAt: 100_000_000, updatedAt: 100_000_000, runAt: 100_000_000 })
  let now = 100_000_000
  for (const { event, jump } of steps) {
    now = Math.max(now + jump, 0)
    const change = transition(job, event, now)
    if (change === null) continue
    changes.push({ ...change, before: job, event, now })
    job = change.job
  }
  return changes
}

/** The rule holds for each change of any life; fast-check looks for the shortest life that breaks it. */
function inEveryLife(rule: (change: Change, earlier: readonly Change[]) => void): void {
  always(
    fc.property(life, (steps) => {
      const changes = live(steps)
      for (const [index, change] of changes.entries()) rule(change, changes.slice(0, index))
    }),
    1_000,
  )
}

describe('whatever happens to a job, in any order and by any clock', () => {
  it('a terminal state never changes, nor does what it says', () => {
    inEveryLife(({ before, job, event }) => {
      if (!isTerminal(before.state)) return
      const { predictionId, vendorStatus, submittedAt, deadlineAt, version, updatedAt } = job
      if (event.type === 'outputKept' || event.type === 'outputsLost') {
        expect(before.state).toBe('COMPLETED')
        const outputs = job.outputs.map(({ kept: _, ...output }) => output)
        expect(outputs).toEqual(before.outputs.map(({ kept: _, ...output }) => output))
        expect(job).toEqual({ ...before, outputs: job.outputs, archived: job.archived, version, updatedAt })
        return
      }
      // What may still come: whether the vendor had taken a job whose end did not wait for that.
      expect(['accepted', 'deferred', 'refused']).toContain(event.type)
      const late = { predictionId, vendorStatus, submittedAt, deadlineAt, version, updatedAt }
      expect(job).toEqual({ ...before, ...late })
    })
  })

  it('each change is one version, and its entry tells the version, state and time of the job', () => {
    inEveryLife(({ before, job, entry }) => {
      expect(job.version).toBe(before.version + 1)
      expect(entry).toMatchObject({ version: job.version, state: job.state, at: job.updatedAt })
    })
  })

  it('an event that comes twice changes nothing the second time', () => {
    inEveryLife(({ job, event, now }) => {
      const again = transition(job, event, now)
      if (event.type !== 'unknown') expect(again).toBeNull()
      // A lost answer leaves no trace but its line in the timeline.
      else if (again) expect(again.job).toEqual({ ...job, version: job.version + 1 })
    })
  })

  it('only the vendor that has the task gives a prediction id, once and for ever', () => {
    inEveryLife(({ before, job, event }) => {
      if (before.predictionId !== null) expect(job.predictionId).toBe(before.predictionId)
      else if (event.type === 'accepted') expect(job.predictionId).toBe(event.report.id)
      else expect(job.predictionId).toBeNull()
    })
  })

  it('a job that is not on its way is found by its callback alone', () => {
    inEveryLife(({ before, event }) => {
      if (event.type !== 'accepted' || before.state === 'SUBMITTING') return
      const lost = before.state === 'CANCELED' || before.error?.code === 'SUBMISSION_UNKNOWN'
      if (!lost) expect([event.adopted, before.callbackToken !== null]).toEqual([true, true])
    })
  })

  it('no report of another prediction is believed', () => {
    inEveryLife(({ before, event }) => {
      if (event.type === 'reported') expect(event.report.id).toBe(before.predictionId)
    })
  })

  it('the times of a history never run backwards', () => {
    inEveryLife(({ before, job, entry }) => {
      expect(job.updatedAt).toBeGreaterThanOrEqual(before.updatedAt)
      expect(job.createdAt).toBe(before.createdAt)
      if (isTerminal(job.state) && !isTerminal(before.state)) expect(job.finishedAt).toBe(entry.at)
    })
  })

  it('a job has an end exactly in a terminal state, an error exactly in FAILED, outputs only in COMPLETED', () => {
    inEveryLife(({ job }) => {
      expect(job.finishedAt !== null).toBe(isTerminal(job.state))
      expect(job.error !== null).toBe(job.state === 'FAILED')
      if (job.state !== 'COMPLETED') expect(job.outputs).toEqual([])
    })
  })

  it('it is known when a job was sent as long as the vendor may have it, and never while it waits', () => {
    inEveryLife(({ job, event }, earlier) => {
      const sent = [...earlier.map((change) => change.event), event].findLast(({ type }) =>
        ['claimed', 'deferred', 'refused'].includes(type),
      )
      if (sent?.type === 'claimed') expect(job.submittedAt).not.toBeNull()
      if (job.predictionId !== null) expect(job.submittedAt).not.toBeNull()
      if (job.state === 'QUEUED') expect(job.submittedAt).toBeNull()
    })
  })

  it('a job is sent only while the vendor surely does not have it', () => {
    inEveryLife(({ before, event, job }, earlier) => {
      if (event.type !== 'claimed') return
      expect(job.state).toBe('SUBMITTING')
      expect(before.predictionId).toBeNull()
      // Since it was last sent the vendor said that it did not take it.
      const last = earlier.findLast((change) => ['claimed', 'deferred'].includes(change.event.type))
      expect(last?.event.type).not.toBe('claimed')
    })
  })
})

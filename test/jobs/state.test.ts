import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Job, JobState } from '../../src/jobs/job.ts'
import {
  activeStates,
  changes,
  hasOutputsToKeep,
  isActive,
  type JobEvent,
  jobStates,
  transition,
} from '../../src/jobs/state.ts'
import { sampleJob, sampleReport } from '../support/job.ts'
import { accepted, completed, events, failed, jobIn, processing } from '../support/job-events.ts'

it('says of each state whether the vendor may be at work', () => {
  expect(jobStates.filter(isActive)).toEqual(activeStates)
})

function documentedTable(): [event: string, state: JobState, effect: string][] {
  const text = readFileSync(new URL('../../docs/job-lifecycle.md', import.meta.url), 'utf8')
  const lines = text.slice(text.indexOf('| event |')).split('\n\n')[0]?.split('\n').slice(2) ?? []
  return lines.flatMap((line) => {
    const [event = '', ...effects] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    return effects.map((effect, index): [string, JobState, string] => [
      event,
      jobStates[index] ?? 'QUEUED',
      effect,
    ])
  })
}

describe('the table of docs/job-lifecycle.md', () => {
  const table = documentedTable()

  it('has a row for every event and a column for every state', () => {
    expect(new Set(table.map(([event]) => event))).toEqual(new Set(Object.keys(events)))
    expect(table).toHaveLength(Object.keys(events).length * jobStates.length)
  })

  it.each(table)('%s of a job that is %s: %s', (name, state, effect) => {
    const event = events[name]
    if (!event) throw new Error(`no event for ${name}`)
    const after = transition(jobIn(state), event, 3_000)
    expect(changes(jobIn(state), event, 3_000)).toBe(after !== null)
    if (effect === '-') expect(after).toBeNull()
    else expect(after?.job.state).toBe(effect.startsWith('same') ? state : effect)
  })
})

it('only a completed job has something to archive', () => {
  const { outputs } = jobIn('COMPLETED')
  expect(hasOutputsToKeep(jobIn('COMPLETED'))).toBe(true)
  for (const state of jobStates.filter((one) => one !== 'COMPLETED')) {
    expect(hasOutputsToKeep({ ...jobIn(state), outputs })).toBe(false)
  }
})

it('the vendor may be working on a job that was sent and has not ended', () => {
  expect(activeStates).toEqual(['SUBMITTING', 'CREATED', 'PROCESSING'])
})

describe('a transition', () => {
  it('grows the version by one and dates the entry', () => {
    const after = transition(sampleJob(), { type: 'claimed' }, 3_000)
    expect(after?.job).toMatchObject({ version: 2, updatedAt: 3_000, submittedAt: 3_000 })
    expect(after?.entry).toMatchObject({ version: 2, at: 3_000, state: 'SUBMITTING' })
  })

  it('never dates a change before the one it follows, even when the clock jumps back', () => {
    const after = transition(sampleJob({ updatedAt: 9_000 }), { type: 'claimed' }, 3_000)
    expect(after?.job.updatedAt).toBe(9_000)
  })

  it('leaves the job it was given untouched', () => {
    const job = Object.freeze(sampleJob())
    transition(job, { type: 'claimed' }, 3_000)
    expect(job.state).toBe('QUEUED')
  })

  it('changes nothing when the same report comes twice', () => {
    for (const report of [
      processing,
      completed,
      failed,
      sampleReport({ phase: 'other', status: 'thinking' }),
    ]) {
      const once = transition(jobIn('CREATED'), { type: 'reported', report }, 3_000)
      if (!once) throw new Error('the first report changes something')
      expect(transition(once.job, { type: 'reported', report }, 4_000)).toBeNull()
    }
  })

  it('ignores a report of another prediction', () => {
    const report = sampleReport({ ...completed, id: 'p2' })
    expect(transition(jobIn('PROCESSING'), { type: 'reported', report }, 3_000)).toBeNull()
  })

  it('gives a failed job its error and the time of its end', () => {
    const after = transition(jobIn('PROCESSING'), { type: 'reported', report: failed }, 3_000)
    expect(after?.job).toMatchObject({
      state: 'FAILED',
      error: { code: 'MEDIA_UNREACHABLE', message: 'no such clip' },
      finishedAt: 3_000,
    })
  })

  it('clears the time of submission when a job goes back to the queue, since nothing was sent', () => {
    const after = transition(jobIn('SUBMITTING'), { type: 'deferred', message: '429', until: 61_000 }, 3_000)
    expect(after?.job).toMatchObject({ state: 'QUEUED', submittedAt: null, runAt: 61_000 })
  })

  it('keeps one callback token for life, since the callback of an earlier POST may still come', () => {
    const first = transition(sampleJob(), { type: 'claimed', callbackToken: 't1' }, 3_000)
    expect(first?.job.callbackToken).toBe('t1')
    for (const callbackToken of [undefined, 't2']) {
      const again = transition(sampleJob({ callbackToken: 't1' }), { type: 'claimed', callbackToken }, 3_000)
      expect(again?.job.callbackToken).toBe('t1')
    }
  })

  it.each([
    [[], [], /^Completed, but the vendor names no output that can be used\.$/],
    [[], ['output 1 is a number'], /no output that can be used: output 1 is a number\.$/],
    [['a'], ['output 2 is no URL'], /^Completed\. Not all of its outputs can be used: output 2 is no URL\.$/],
    [['a'], [], /^Completed\.$/],
  ])(
    'says in its timeline which outputs of a completed job cannot be used: %j, %j',
    (urls, unusable, words) => {
      const outputs = urls.map((name) => ({
        url: `https://example.com/${name}.mp4`,
        nsfw: null,
        expiresAt: 9,
      }))
      const report = sampleReport({ phase: 'completed', status: 'completed', outputs, unusable })
      const running = sampleJob({ state: 'PROCESSING', predictionId: 'p1' })
      const done = transition(running, { type: 'reported', report }, 3_000)
      expect(done?.job).toMatchObject({ state: 'COMPLETED', outputs })
      expect(done?.entry.message).toMatch(words)
    },
  )

  it("dates a submission by its answer, so that the vendor's minute is over when the next one arrives", () => {
    const sent = sampleJob({ state: 'SUBMITTING', submittedAt: 2_000 })
    const answered = accepted(processing)
    expect(transition(sent, answered, 3_000)?.job.submittedAt).toBe(3_000)
    if (answered.type !== 'accepted') throw new Error('it is')
    expect(transition(sent, { ...answered, adopted: true }, 9_000)?.job.submittedAt).toBe(2_000)
  })

  it('takes a callback for proof that a job was taken, though it had gone back to the queue', () => {
    const found: JobEvent = { type: 'accepted', report: processing, adopted: true, deadlineAt: 99_000 }
    const deferred = sampleJob({ callbackToken: 't1' })
    expect(transition(deferred, found, 3_000)?.job).toMatchObject({
      state: 'PROCESSING',
      predictionId: 'p1',
      submittedAt: 3_000,
    })
    expect(transition(sampleJob(), found, 3_000)).toBeNull() // never sent
    expect(transition(deferred, accepted(processing), 3_000)).toBeNull() // no callback
  })

  it('notes the prediction of a job that was given up as SUBMISSION_UNKNOWN, once, and leaves it FAILED', () => {
    const error = { code: 'SUBMISSION_UNKNOWN', message: 'lost' } as const
    const late = transition({ ...jobIn('FAILED'), predictionId: null, error }, accepted(completed), 3_000)
    expect(late?.job).toMatchObject({ state: 'FAILED', predictionId: 'p1', outputs: [], error })
    expect(late?.entry.message).toMatch(/p1: it is billed/)
    if (late) expect(transition(late.job, accepted(completed), 4_000)).toBeNull()
  })

  it('notes the prediction of a job that ended unsent as it seemed, when its callback comes', () => {
    const found: JobEvent = { type: 'accepted', report: completed, adopted: true, deadlineAt: 99_000 }
    for (const state of ['CANCELED', 'FAILED'] as const) {
      const job = sampleJob({ state, callbackToken: 't1', finishedAt: 2_500 })
      expect(transition(job, found, 3_000)?.job).toMatchObject({
        state,
        predictionId: 'p1',
        submittedAt: 3_000,
      })
    }
  })

  it('says of a canceled job whether it is billed', () => {
    const cancel: JobEvent = { type: 'canceled' }
    expect(transition(jobIn('QUEUED'), cancel, 3_000)?.entry.message).toMatch(/nothing is billed/)
    expect(transition(jobIn('CREATED'), cancel, 3_000)?.entry.message).toMatch(/bills it/)
  })

  describe('of a job whose outputs are kept', () => {
    const [output] = completed.outputs
    const keep = (job: Job, index: number) =>
      transition(
        job,
        { type: 'outputKept', index, copy: { key: `a/${index}.mp4`, bytes: 9, contentType: 'video/mp4' } },
        3_000,
      )
    const two = () => ({ ...jobIn('COMPLETED'), outputs: output ? [output, output] : [] })

    it('calls the job KEPT with the last of them, and not before', () => {
      const first = keep(two(), 1)
      expect(first?.job).toMatchObject({ version: 4, archived: null, state: 'COMPLETED' })
      const second = first && keep(first.job, 0)
      expect(second?.job).toMatchObject({ version: 5, archived: 'KEPT' })
      expect([first, second].map((after) => after?.entry.message)).toEqual([
        'Output 2 of 2 kept.',
        'Output 1 of 2 kept.',
      ])
      expect(second?.job.outputs).toEqual([
        { ...output, kept: { key: 'a/0.mp4', bytes: 9, contentType: 'video/mp4' } },
        { ...output, kept: { key: 'a/1.mp4', bytes: 9, contentType: 'video/mp4' } },
      ])
    })

    it('changes nothing the second time, for an output there is not, and after giving up', () => {
      const first = keep(two(), 1)
      if (!first) throw new Error('the first copy changes something')
      expect(keep(first.job, 1)).toBeNull()
      expect(keep(first.job, 2)).toBeNull()
      const lost = transition(first.job, { type: 'outputsLost', reason: 'HTTP 404' }, 3_000)
      if (!lost) throw new Error('giving up changes something')
      expect(keep(lost.job, 0)).toBeNull()
      expect(transition(lost.job, { type: 'outputsLost', reason: 'HTTP 404' }, 3_000)).toBeNull()
    })

    it('calls the job LOST only if it kept none of them', () => {
      const lose: JobEvent = { type: 'outputsLost', reason: 'HTTP 404' }
      expect(transition(two(), lose, 3_000)?.job.archived).toBe('LOST')
      const some = keep(two(), 0)
      expect(some && transition(some.job, lose, 3_000)?.job.archived).toBe('KEPT')
    })
  })
})

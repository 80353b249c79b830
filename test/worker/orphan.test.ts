import { beforeEach, describe, expect, it } from 'vitest'
import { retention } from '../../src/jobs/cadence.ts'
import type { Submission } from '../../src/jobs/submission.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import type { PredictionReport } from '../../src/jobs/vendor.ts'
import { createAbsences } from '../../src/worker/absence.ts'
import { createOrphanPoll } from '../../src/worker/orphan.ts'
import { createWatchedTime } from '../../src/worker/watched-time.ts'
import { sampleReport } from '../support/job.ts'
import { deadlineMs, pollMs, retryMs, useSteps } from '../support/steps.ts'

const minute = 60_000

describe('the task of a job that is gone', () => {
  const world = useSteps()
  let settled: unknown[][]
  beforeEach(() => {
    settled = []
  })

  function start(settle = async (...args: unknown[]) => void settled.push(args)) {
    const { vendor, clock, health } = world.options()
    const begun = clock.now()
    const poll = createOrphanPoll({
      work: { settle },
      vendor,
      clock,
      health,
      absences: createAbsences(),
      watched: createWatchedTime({ clock, deadlineMs }),
      pollMs,
      deadlineMs,
    })
    const submission = (change: Partial<Submission> = {}): Submission => ({
      jobId: 'a',
      tenant: localTenant,
      fingerprint: '',
      attempt: 2,
      begunAt: begun,
      sentAt: begun,
      countedAt: begun,
      predictionId: 'p1',
      guessed: false,
      endedAt: null,
      ...change,
    })
    return {
      /** One poll: in how many milliseconds the next is due; null after the last. */
      async poll(change: Partial<Submission> = {}, token?: string) {
        const at = await poll(submission(change), token)
        return at === null ? null : at - clock.now()
      },
    }
  }

  const reports = (phase: PredictionReport['phase']) => {
    world.answers.poll = { kind: 'report', report: sampleReport({ phase }) }
  }

  it.each(['created', 'processing', 'other'] as const)(
    'is followed while it is %s, ever more seldom',
    async (phase) => {
      const { poll } = start()
      reports(phase)
      expect(await poll()).toBe(pollMs)
      await world.clock.advance(100_000)
      expect(await poll({}, 'token')).toBe(10_000)
      expect(world.asked).toEqual([
        ['poll', 'p1', null],
        ['poll', 'p1', 'token'],
      ])
      expect(settled).toEqual([])
    },
  )

  it.each(['completed', 'failed'] as const)('is over once it is %s', async (phase) => {
    const { poll } = start()
    reports(phase)
    expect(await poll()).toBeNull()
    expect(settled).toEqual([['a', world.clock.now()]])
  })

  it('is not over where that cannot be written', async () => {
    const { poll } = start(() => Promise.reject(new Error('full')))
    reports('completed')
    await expect(poll()).rejects.toThrow('full')
  })

  it('is over when the vendor keeps it no longer, without being asked for', async () => {
    const { poll } = start()
    reports('processing')
    await world.clock.advance(retention)
    expect(await poll()).toBe(30_000)
    await world.clock.advance(1)
    expect(await poll()).toBeNull()
    expect(settled).toHaveLength(1)
    expect(world.asked).toHaveLength(1)
  })

  it('that is not known is waited for as long as a search lasts', async () => {
    const { poll } = start()
    expect(await poll({ predictionId: null })).toBe(pollMs)
    await world.clock.advance(10 * minute)
    expect(await poll({ predictionId: null })).toBe(pollMs)
    await world.clock.advance(1)
    expect(await poll({ predictionId: null })).toBeNull()
    expect(settled).toHaveLength(1)
    expect(world.asked).toEqual([])
  })

  it('of a POST that never left is none', async () => {
    const { poll } = start()
    expect(await poll({ predictionId: null, sentAt: null })).toBeNull()
    expect(settled).toHaveLength(1)
  })

  it('that the vendor does not know takes its place until the deadline', async () => {
    const { poll } = start()
    world.answers.poll = { kind: 'notFound', message: '' }
    expect(await poll()).toBe(15_000)
    while (world.clock.now() <= Date.UTC(2026, 0, 1) + deadlineMs) {
      expect(await poll()).not.toBeNull()
      await world.clock.advance(minute)
    }
    expect(await poll()).toBeNull()
    expect(settled).toHaveLength(1)
    // What is said of it later counts anew.
    expect(await poll()).toBe(15_000)
  })

  it('that the vendor begins not to know after the deadline is believed after five minutes', async () => {
    const { poll } = start()
    world.answers.poll = { kind: 'notFound', message: '' }
    await world.clock.advance(deadlineMs + 1)
    for (let passed = 0; passed < 5; passed += 1) {
      expect(await poll()).not.toBeNull()
      await world.clock.advance(minute)
    }
    expect(await poll()).toBeNull()
  })

  it('is asked for again after answers that tell nothing', async () => {
    const { poll } = start()
    world.answers.poll = { kind: 'unusable', message: '' }
    expect(await poll()).toBe(5 * minute)
    world.answers.poll = { kind: 'unanswered', message: '', pauseMs: null }
    expect(await poll()).toBe(retryMs)
    world.answers.poll = { kind: 'unanswered', message: '', pauseMs: 400 }
    expect(await poll()).toBe(retryMs + 400)
    expect(settled).toEqual([])
  })
})

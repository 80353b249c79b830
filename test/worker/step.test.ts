import { describe, expect, it } from 'vitest'
import { retention } from '../../src/jobs/cadence.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createSteps } from '../../src/worker/step.ts'
import { deadlineMs, pollMs, retryMs, useSteps } from '../support/steps.ts'

const minute = 60_000

describe('a poll', () => {
  const world = useSteps()

  const start = (...given: Parameters<typeof world.options>) => world.steps(...given)
  const reports = world.reports

  describe('that is answered with a report', () => {
    it('records it, and is repeated ever more seldom', async () => {
      await world.running()
      reports('processing')
      const { poll } = start()
      expect(await poll()).toBe(pollMs)
      expect(await world.job()).toMatchObject({ state: 'PROCESSING' })
      await world.clock.advance(100_000)
      expect(await poll()).toBe(10_000)
      expect(world.asked[0]).toEqual(['poll', 'task of a', null])
    })

    it('is the last where the task is over', async () => {
      await world.running({ callbackToken: 'token' })
      reports('completed')
      expect(await start().poll()).toBeNull()
      expect(await world.job()).toMatchObject({ state: 'COMPLETED' })
      expect(world.asked).toEqual([['poll', 'task of a', 'token']])
      expect(world.logged).toEqual([])
    })

    it('is only a safety net where callbacks come', async () => {
      await world.running({ callbackToken: 'token' })
      reports('processing')
      expect(await start({ trusted: true }).poll()).toBe(minute)
      expect(await start({ trusted: false }).poll()).toBe(pollMs)
    })

    it('tells that a callback was missed where it ends a job that asked for one', async () => {
      await world.running({ callbackToken: 'token' })
      const { poll } = start()
      reports('processing')
      await poll()
      await poll() // What is known already.
      expect(world.missed).toBe(0)
      const job = (await world.job()) ?? undefined
      reports('completed')
      await poll()
      expect(world.missed).toBe(1)
      // Whatever ended it first was not missed.
      expect(await poll(job)).toBeNull()
      expect(world.missed).toBe(1)
    })

    it('tells nothing of callbacks where none was asked for', async () => {
      await world.running()
      reports('completed')
      await start().poll()
      expect(world.missed).toBe(0)
    })

    it('has a line in the log where outputs cannot be used', async () => {
      await world.running()
      reports('completed', { unusable: ['no address'] })
      await start().poll()
      expect(world.lines).toMatchObject([
        { msg: 'outputs of a completed job cannot be used', jobId: 'a', reasons: ['no address'] },
      ])
    })

    it('has none for what is not finished', async () => {
      await world.running()
      reports('processing', { unusable: ['no address'] })
      await start().poll()
      expect(world.logged).toEqual([])
    })

    it('of a job that was put back meanwhile is the last', async () => {
      const job = await world.running()
      reports('processing')
      const options = world.options()
      const queued = { ...job, state: 'QUEUED' } as const
      const recorder = { ...options.recorder, advance: async () => ({ before: queued, after: null }) }
      expect(await createSteps({ ...options, recorder }).poll(job)).toBeNull()
    })

    it('goes on where the job was deleted meanwhile', async () => {
      const job = await world.running()
      reports('processing')
      const options = world.options()
      const recorder = { ...options.recorder, advance: async () => null }
      expect(await createSteps({ ...options, recorder }).poll(job)).toBe(world.clock.now() + pollMs)
      expect(world.missed).toBe(0)
    })
  })

  describe('near the deadline', () => {
    it('is repeated at the deadline, whatever its pause', async () => {
      await world.running()
      reports('processing')
      await world.clock.advance(deadlineMs - 500)
      expect(await start().poll()).toBe(500)
    })

    it('lets a job fail that is late, and follows its task', async () => {
      await world.running()
      reports('processing')
      await world.clock.advance(deadlineMs)
      expect(await start().poll()).toBe(30_000)
      expect(await world.job()).toMatchObject({ state: 'FAILED', error: { code: 'DEADLINE_EXCEEDED' } })
      expect(await world.submission()).toMatchObject({ endedAt: null })
    })

    it('lets a late job complete that is done', async () => {
      await world.running()
      reports('completed')
      await world.clock.advance(deadlineMs + minute)
      expect(await start().poll()).toBeNull()
      expect(await world.job()).toMatchObject({ state: 'COMPLETED' })
    })

    it('lets a job complete however late the report comes', async () => {
      await world.running()
      reports('completed')
      await world.clock.advance(retention + 1)
      expect(await start().poll()).toBeNull()
      expect(await world.job()).toMatchObject({ state: 'COMPLETED' })
    })

    it('of a job that has none is as at any time', async () => {
      const job = { ...(await world.running()), deadlineAt: null }
      reports('processing')
      expect(await start().poll(job)).toBe(pollMs)
      expect(await world.job()).toMatchObject({ state: 'PROCESSING' })
    })

    it('is repeated where the failure cannot be written', async () => {
      const job = await world.running()
      reports('processing')
      await world.clock.advance(deadlineMs)
      const options = world.options()
      const recorder = { ...options.recorder, change: () => Promise.reject(new Error('full')) }
      await expect(createSteps({ ...options, recorder }).poll(job)).rejects.toThrow('full')
    })

    it('does not count time that nobody watched', async () => {
      await world.running()
      reports('processing')
      await world.clock.advance(2 * deadlineMs)
      const options = world.options()
      const steadySince = world.clock.now() - deadlineMs + 1_000
      const clock = { ...options.clock, now: () => world.clock.now(), steadySince }
      const job = await world.running({ id: 'unused' }).then(() => world.job())
      expect(await createSteps({ ...options, clock }).poll(job as Job)).toBe(world.clock.now() + 1_000)
      expect(await world.job()).toMatchObject({ state: 'PROCESSING' })
    })
  })

  describe('that is not answered with a report', () => {
    it('is repeated when the vendor is expected back', async () => {
      const { version } = await world.running()
      const { poll } = start()
      world.answers.poll = { kind: 'unanswered', message: '', pauseMs: null }
      expect(await poll()).toBe(retryMs)
      world.answers.poll = { kind: 'unanswered', message: '', pauseMs: 300 }
      await world.clock.advance(2 * deadlineMs)
      expect(await poll()).toBe(retryMs + 300)
      expect(await world.job()).toMatchObject({ state: 'CREATED', version })
    })

    it('is repeated for as long as the vendor keeps tasks', async () => {
      await world.running()
      const { poll } = start()
      world.answers.poll = { kind: 'unusable', message: '' }
      await world.clock.advance(retention)
      expect(await poll()).toBe(5 * minute)
      await world.clock.advance(1)
      expect(await poll()).toBe(0)
      expect(await world.job()).toMatchObject({ state: 'FAILED', error: { code: 'DEADLINE_EXCEEDED' } })
      expect(await poll()).toBeNull()
      expect(await world.submission()).toMatchObject({ endedAt: world.clock.now() })
    })

    it('but with nonsense has a line, and is seldom once the job is late', async () => {
      await world.running()
      const { poll } = start()
      world.answers.poll = { kind: 'unusable', message: 'nonsense' }
      expect(await poll()).toBe(pollMs)
      expect(world.lines).toMatchObject([
        { msg: 'a poll was answered with nonsense', jobId: 'a', reason: 'nonsense' },
      ])
      await world.clock.advance(deadlineMs - 1)
      expect(await poll()).toBe(30_000)
      await world.clock.advance(1)
      expect(await poll()).toBe(5 * minute)
      expect(await world.job()).toMatchObject({ state: 'CREATED' })
    })
  })
})

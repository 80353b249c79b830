import { describe, expect, it } from 'vitest'
import { retention } from '../../src/jobs/cadence.ts'
import { transition } from '../../src/jobs/state.ts'
import { pollMs, useSteps } from '../support/steps.ts'

const minute = 60_000

describe('a poll', () => {
  const world = useSteps()
  const start = (...given: Parameters<typeof world.options>) => world.steps(...given)
  const reports = world.reports

  describe('of a task that the vendor does not know', () => {
    const absent = { kind: 'notFound', message: 'HTTP 404' } as const
    /** Polls every minute, five times. */
    async function fiveMinutes(poll: () => Promise<number | null>) {
      for (let passed = 0; passed < 5; passed += 1) {
        await poll()
        await world.clock.advance(minute)
      }
    }

    it('is repeated for five minutes, with one line, before its list is read', async () => {
      const job = await world.running()
      const { model } = job
      const sentAt = world.clock.now()
      world.answers.poll = absent
      world.answers.isListed = false
      const { poll } = start()
      await fiveMinutes(poll)
      expect(world.asked.some(([name]) => name === 'isListed')).toBe(false)
      expect(world.lines).toMatchObject([
        {
          msg: 'the vendor knows no prediction',
          jobId: 'a',
          predictionId: 'task of a',
          reason: 'HTTP 404',
        },
      ])
      expect(await poll()).toBeNull()
      const around = { from: sentAt - 3 * minute, to: sentAt + 3.5 * minute }
      expect(world.asked.at(-1)).toEqual(['isListed', { predictionId: 'task of a', model, ...around }])
      expect(await world.job()).toMatchObject({
        state: 'FAILED',
        error: { code: 'PREDICTION_NOT_FOUND', message: 'HTTP 404' },
      })
      expect(await poll(job)).toBe(15_000)
    })

    it('goes on where the list shows it, and counts anew', async () => {
      await world.running()
      world.answers.poll = absent
      world.answers.isListed = true
      const { poll } = start()
      await fiveMinutes(poll)
      expect(await poll()).toBe(30_000)
      expect(await world.job()).toMatchObject({ state: 'CREATED' })
      expect(await poll()).toBe(15_000)
      expect(world.logged).toHaveLength(2)
    })

    it('goes on where the list cannot tell, for as long as the vendor keeps tasks', async () => {
      await world.running()
      world.answers.poll = absent
      world.answers.isListed = null
      const { poll } = start()
      await fiveMinutes(poll)
      expect([await poll(), await poll()]).toEqual([30_000, 30_000])
      await world.clock.advance(retention)
      await fiveMinutes(poll)
      expect(await poll()).toBeNull()
      expect(await world.job()).toMatchObject({ state: 'FAILED', error: { code: 'PREDICTION_NOT_FOUND' } })
    })

    it('goes on where the list shows it, however long that takes', async () => {
      await world.running()
      world.answers.poll = absent
      world.answers.isListed = true
      await world.clock.advance(retention)
      const { poll } = start()
      await fiveMinutes(poll)
      expect(await poll()).toBe(30_000)
      expect(await world.job()).toMatchObject({ state: 'CREATED' })
    })

    it('counts anew after another answer, and after its end', async () => {
      await world.running()
      const { poll, forget } = start()
      world.answers.poll = absent
      await poll()
      await world.clock.advance(minute)
      reports('processing')
      await poll()
      world.answers.poll = absent
      await world.clock.advance(minute)
      await poll()
      expect(world.logged).toHaveLength(2)
      forget('a')
      await poll()
      expect(world.logged).toHaveLength(3)
    })
  })

  describe('of a job that has ended', () => {
    it('follows the task of a canceled one to its end', async () => {
      await world.running({ callbackToken: 'token' })
      await world.cancel()
      const { poll } = start()
      reports('processing')
      expect(await poll()).toBe(pollMs)
      reports('completed')
      expect(await poll()).toBeNull()
      expect(await world.submission()).toMatchObject({ endedAt: world.clock.now() })
      expect(await world.job()).toMatchObject({ state: 'CANCELED' })
      expect(world.asked.at(-1)).toEqual(['poll', 'task of a', 'token'])
      expect(await poll()).toBeNull()
      expect(world.asked).toHaveLength(2)
    })

    it('is none where nothing was sent', async () => {
      await world.claimed()
      await world.recorder.advance('a', (job) =>
        transition(job, { type: 'deferred', message: '', until: 0 }, world.clock.now()),
      )
      await world.cancel()
      expect(await start().poll()).toBeNull()
      expect(world.asked).toEqual([])
    })

    it('searches for the task of one whose answer was lost', async () => {
      await world.sent()
      await world.cancel()
      expect(await start().poll()).toBe(pollMs)
      expect(world.asked.map(([name]) => name)).toEqual(['find'])
    })

    it('follows the task of a deleted one', async () => {
      await world.running()
      const submission = await world.submission()
      reports('failed')
      if (submission === null) throw new Error('nothing was sent')
      expect(await start().pollOrphan(submission)).toBeNull()
      expect(await world.submission()).toMatchObject({ endedAt: world.clock.now() })
    })
  })
})

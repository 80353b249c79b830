import { describe, expect, it } from 'vitest'
import { retention } from '../../src/jobs/cadence.ts'
import { transition } from '../../src/jobs/state.ts'
import { createSteps } from '../../src/worker/step.ts'
import { sampleInput, sampleJob, sampleReport } from '../support/job.ts'
import { deadlineMs, pollMs, retryMs, useSteps } from '../support/steps.ts'

const minute = 60_000

describe('the search for a task whose answer was lost', () => {
  const world = useSteps()

  const start = (...given: Parameters<typeof world.options>) => world.steps(...given).poll
  const finds = (...ids: readonly string[]) => {
    const reports = ids.map((id) => sampleReport({ id, createdAt: world.clock.now() }))
    world.answers.find = { kind: 'answered', reports }
  }

  it('puts back what has not been sent, without asking', async () => {
    await world.claimed()
    expect(await start()()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'QUEUED', submittedAt: null, runAt: world.clock.now() })
    expect(world.asked).toEqual([])
    const entry = await world.lastEntry()
    expect(entry?.message).toBe('Back in the queue: it had not been sent yet.')
  })

  it('leaves to itself what leaves while its submission is read', async () => {
    const { version } = await world.claimed()
    const before = await world.submission()
    await world.store.markSent('a', version, world.clock.now())
    expect(await start({ work: { submission: async () => before } })()).toBe(pollMs)
    expect(await world.job()).toMatchObject({ state: 'SUBMITTING', version })
  })

  it('looks again soon for what was deleted while its submission was read', async () => {
    await world.claimed()
    const before = await world.submission()
    await world.store.remove('a', () => true, world.clock.now())
    const { poll } = createSteps(
      world.options({ work: { submission: async () => before, job: async () => sampleJob() } }),
    )
    expect(await poll(sampleJob({ state: 'SUBMITTING' }))).toBe(world.clock.now() + pollMs)
  })

  it('asks for tasks of the same input that were made about then', async () => {
    const { model } = await world.sent({ callbackToken: 'token' })
    const sentAt = world.clock.now()
    finds()
    await world.clock.advance(minute)
    await start()()
    const around = { from: sentAt - 3 * minute, to: sentAt + 3.5 * minute }
    expect(world.asked).toEqual([['find', { model, input: sampleInput, ...around, token: 'token' }]])
  })

  it('adopts the task it finds, which has a whole deadline', async () => {
    await world.sent()
    finds('p1')
    expect(await start()()).toBe(pollMs)
    expect(await world.job()).toMatchObject({
      state: 'CREATED',
      predictionId: 'p1',
      deadlineAt: world.clock.now() + deadlineMs,
    })
    const entry = await world.lastEntry()
    expect(entry?.message).toBe('Found at the vendor, as p1.')
  })

  it('is repeated for ten minutes, ever more seldom', async () => {
    await world.sent()
    finds()
    const search = start()
    expect(await search()).toBe(2_000)
    await world.clock.advance(100_000)
    expect(await search()).toBe(50_000)
    await world.clock.advance(10 * minute - 100_000)
    expect(await search()).toBe(2 * minute)
    await world.clock.advance(1)
    expect(await search()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } })
    expect(await world.submission()).toMatchObject({ endedAt: world.clock.now() })
  })

  it('without an answer goes on for as long as the vendor keeps tasks', async () => {
    await world.sent()
    world.answers.find = { kind: 'unanswered', message: '' }
    const search = start()
    expect(await search()).toBe(retryMs)
    await world.clock.advance(retention)
    expect(await search()).toBe(retryMs)
    await world.clock.advance(1)
    expect(await search()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'FAILED', error: { code: 'SUBMISSION_UNKNOWN' } })
  })

  it('gives the place of a canceled job back when it ends', async () => {
    await world.sent()
    await world.cancel()
    finds()
    const search = start()
    await world.clock.advance(10 * minute)
    expect(await search()).toBe(2 * minute)
    expect(await world.submission()).toMatchObject({ endedAt: null })
    await world.clock.advance(1)
    expect(await search()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'CANCELED', error: null })
    expect(await world.submission()).toMatchObject({ endedAt: world.clock.now() })
  })

  it('finds what to follow of a canceled job', async () => {
    await world.sent()
    await world.cancel()
    finds('p1')
    expect(await start()()).toBe(pollMs)
    expect(await world.job()).toMatchObject({ state: 'CANCELED', predictionId: 'p1' })
  })

  it('leaves the tasks of others alone', async () => {
    await world.running({ id: 'b' }, { id: 'p1' })
    await world.sent()
    const sentAt = world.clock.now()
    await world.clock.advance(100_000)
    finds('p1')
    const search = start()
    expect(await search()).toBe(50_000)
    expect(await world.job()).toMatchObject({ predictionId: null })
    const reports = [1, 2].map((number) => sampleReport({ id: `p${number}`, createdAt: sentAt + number }))
    world.answers.find = { kind: 'answered', reports }
    await search()
    expect(await world.job()).toMatchObject({ predictionId: 'p2' })
  })

  it('waits while the answer to an equal request may still come', async () => {
    await world.sent()
    await world.clock.advance(1_000)
    await world.sent({ id: 'b' })
    const createdAt = world.clock.now() - 500
    world.answers.find = { kind: 'answered', reports: [sampleReport({ id: 'p1', createdAt })] }
    await world.clock.advance(29_999)
    const search = start()
    expect(await search()).toBe(15_499.5)
    expect(await world.job()).toMatchObject({ predictionId: null })
    await world.clock.advance(1)
    // Made right after its own.
    expect(await search('b')).toBe(15_000)
    expect(await search()).toBe(pollMs)
    expect(await world.job()).toMatchObject({ predictionId: 'p1' })
    expect(await world.job('b')).toMatchObject({ predictionId: null })
  })

  it('asks for equal requests only where there is a task', async () => {
    await world.sent()
    finds()
    const rivals = () => Promise.reject(new Error('asked'))
    expect(await start({ work: { rivals } })()).toBe(2_000)
  })

  it('is repeated where a place cannot be given back', async () => {
    await world.sent()
    await world.cancel()
    finds()
    await world.clock.advance(10 * minute + 1)
    const settle = () => Promise.reject(new Error('full'))
    await expect(start({ work: { settle } })()).rejects.toThrow('full')
  })

  it('goes on where another job takes the task in the same moment', async () => {
    await world.sent()
    await world.claimed({ id: 'b', prompt: 'other' })
    finds('p1')
    const search = start({
      work: {
        async rivals() {
          const deadlineAt = world.clock.now()
          const event = {
            type: 'accepted',
            report: sampleReport({ id: 'p1' }),
            adopted: true,
            deadlineAt,
          } as const
          await world.recorder.advance('b', (job) => transition(job, event, deadlineAt))
          return []
        },
      },
    })
    expect(await search()).toBe(pollMs)
    expect(await world.job()).toMatchObject({ state: 'SUBMITTING', predictionId: null })
  })

  it('fails where what was found cannot be written', async () => {
    await world.sent()
    finds('p1')
    const options = world.options()
    const steps = createSteps({
      ...options,
      recorder: { ...options.recorder, advance: () => Promise.reject(new Error('full')) },
    })
    const job = await world.sent({ id: 'b', model: 'other' })
    await expect(steps.poll(job)).rejects.toThrow('full')
  })

  it('ends where nothing is left to search for', async () => {
    const job = await world.sent()
    const without = (work: NonNullable<Parameters<typeof world.options>[0]>['work']) =>
      createSteps(world.options({ ...(work && { work }) })).poll(job)
    expect(await without({ job: async () => null })).toBeNull()
    expect(await without({ submission: async () => null })).toBeNull()
    expect(world.asked).toEqual([])
  })
})

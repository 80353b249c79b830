import { beforeEach, describe, expect, it } from 'vitest'
import { inputRules } from '../../src/catalog/check.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder } from '../../src/jobs/recorder.ts'
import { type JobEvent, transition } from '../../src/jobs/state.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import {
  createJobService,
  type JobService,
  longestKey,
  type ServiceOptions,
  telling,
} from '../../src/service/service.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { sampleInput, sampleJob } from '../support/job.ts'
import { inMemory, useStore } from '../support/stores.ts'

const { model } = sampleJob()
const another = 'wavespeed-ai/wan-2.1/v2v-720p-lora'
const draft = { video: 'https://example.com/clip.mp4', prompt: 'a fox' }
const { seed: _, ...defaults } = sampleInput
const input = { ...defaults, ...draft }

describe('a job service', () => {
  const opened = useStore(inMemory.open)
  let options: ServiceOptions
  let service: JobService
  let now: number
  /** Each byte is the number of the draw. */
  let draws: number
  beforeEach(() => {
    const { store } = opened
    const clock = createFakeClock()
    now = clock.now()
    draws = 0
    options = {
      history: store,
      recorder: createRecorder(store, { publish() {} }),
      rules: inputRules,
      vendor: { remove: async () => ({ ok: true }) as const },
      archiver: null,
      clock,
      random: (bytes: Uint8Array) => bytes.fill(++draws),
    }
    service = createJobService(options, { tenant: localTenant })
  })
  const becomes = (id: string, event: JobEvent) =>
    opened.store.change(id, (job) => transition(job, event, now))
  const messages = async (id: string) =>
    (await opened.store.timelines([id]))[0]?.map(({ version, at, state, message }) => [
      version,
      at - now,
      state,
      message,
    ])
  const recorded = async () =>
    (
      await opened.store.page({
        order: 'CREATED_AT',
        descending: false,
        filter: {},
        fromEnd: false,
        limit: 9,
      })
    ).length

  describe('creates a job', () => {
    it('that waits, with its defaults and a drawn seed', async () => {
      const job = await service.create(model, draft)
      expect(job).toEqual(
        sampleJob({
          id: job.id,
          input: { ...input, seed: 0x01010101 },
          seedDrawn: true,
          createdAt: now,
          updatedAt: now,
          runAt: now,
        }),
      )
      expect(await opened.store.job(job.id)).toEqual(job)
      expect(await messages(job.id)).toEqual([[1, 0, 'QUEUED', 'Recorded.']])
    })

    it('with the seed that was asked for', async () => {
      const job = await service.create(model, { ...draft, seed: 7 })
      expect(job).toMatchObject({ input: { seed: 7 }, seedDrawn: false, idempotencyKey: null })
    })

    it('only if there is nothing to say against it, and says all there is', async () => {
      const issues = [{ path: 'idempotencyKey' }, { path: 'strength' }]
      await expect(service.create(model, { ...draft, strength: 7 }, '')).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        issues,
      })
      await expect(service.create(model, { ...draft, strength: 7 })).rejects.toMatchObject({
        issues: issues.slice(1),
      })
      expect(await recorded()).toBe(0)
    })

    it.each(['!', '~', 'a-key_1:/?', 'x'.repeat(255)])('by the key %j', async (key) => {
      expect((await service.create(model, draft, key)).idempotencyKey).toBe(key)
    })

    it.each(['', ' ', 'two words', 'käse', '\x7f', 'a\n', 'x'.repeat(256)])(
      'by no key like %j, and says what one is',
      async (key) => {
        const message = 'idempotencyKey has to be 1 to 255 printable ASCII characters without spaces.'
        const issues = [{ path: 'idempotencyKey', message, minimum: 1, maximum: longestKey }]
        await expect(service.create(model, draft, key)).rejects.toMatchObject({ issues, message })
        await expect(service.retry('unknown', key)).rejects.toMatchObject({ issues })
        expect(await recorded()).toBe(0)
      },
    )
  })

  describe('asked twice by one key', () => {
    it('answers the job that it made, with the seed that was drawn then', async () => {
      const scaled = (scale: number) => ({ ...draft, loras: [{ path: 'a/b', scale }] })
      const job = await service.create(model, scaled(0), 'k')
      expect(await service.create(model, { ...scaled(-0), duration: 5 }, 'k')).toEqual(job)
      expect(await recorded()).toBe(1)
      expect(await service.create(model, scaled(0), 'other')).not.toEqual(job)
    })

    it.each<[string, string, object]>([
      ['input', model, { prompt: 'a cat' }],
      ['model', another, {}],
      ['seed', model, { seed: 8 }],
      ['chance for a seed', model, { seed: -1 }],
    ])('refuses another %s, and names the job', async (_name, of, change) => {
      const { id } = await service.create(model, { ...draft, seed: 7 }, 'k')
      await expect(service.create(of, { ...draft, seed: 7, ...change }, 'k')).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        jobId: id,
      })
      expect(await recorded()).toBe(1)
    })

    it('tells a seed that was drawn from the same one that is asked for', async () => {
      const { id, input: drawn } = await service.create(model, draft, 'k')
      const same = service.create(model, { ...draft, seed: drawn['seed'] }, 'k')
      await expect(same).rejects.toMatchObject({ jobId: id })
    })

    it('knows what an earlier version recorded in another form', async () => {
      const video = 'https://EXAMPLE.com:443/clip.mp4'
      await opened.insert({ id: 'a', input: { ...input, video, seed: 7 }, idempotencyKey: 'k' })
      expect(await service.create(model, { ...draft, seed: 7 }, 'k')).toMatchObject({ id: 'a' })
    })

    it('refuses what is not like a recorded input that would be refused by now', async () => {
      await opened.insert({ id: 'a', input: { ...input, strength: 7, seed: 7 }, idempotencyKey: 'k' })
      const conflict = { code: 'IDEMPOTENCY_CONFLICT', jobId: 'a' }
      await expect(service.create(model, { ...draft, seed: 7 }, 'k')).rejects.toMatchObject(conflict)
    })
  })

  describe('retries a job', () => {
    const failed = (change: Partial<Job> = {}) => opened.insert({ id: 'old', state: 'FAILED', ...change })

    it('with its input, linked to it', async () => {
      const old = await failed({ idempotencyKey: 'made', predictionId: 'p', version: 4 })
      const job = await service.retry('old')
      expect(job).toEqual(
        sampleJob({
          id: job.id,
          retryOf: 'old',
          input: old.input,
          createdAt: now,
          updatedAt: now,
          runAt: now,
        }),
      )
      expect(await messages(job.id)).toEqual([[1, 0, 'QUEUED', 'Recorded as a retry of old.']])
    })

    it('with a new seed, if it was drawn', async () => {
      await failed({ seedDrawn: true })
      expect(await service.retry('old')).toMatchObject({ seedDrawn: true, input: { seed: 0x01010101 } })
    })

    it('once for a key, which is not shared with new jobs or other retries', async () => {
      await failed()
      await opened.insert({ id: 'other', state: 'CANCELED' })
      const job = await service.retry('old', 'k')
      expect(await service.retry('old', 'k')).toEqual(job)
      const conflict = { code: 'IDEMPOTENCY_CONFLICT', jobId: job.id }
      await expect(service.retry('other', 'k')).rejects.toMatchObject(conflict)
      // Made from the very same.
      const again = service.create(model, job.input, 'k')
      await expect(again).rejects.toMatchObject(conflict)
    })

    it('that failed or was canceled, and no other', async () => {
      for (const state of ['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING', 'COMPLETED'] as const) {
        await opened.insert({ id: state, state })
        await expect(service.retry(state)).rejects.toMatchObject({
          code: 'JOB_STATE',
          state,
          allowed: ['FAILED', 'CANCELED'],
          message: `A job that is ${state} cannot be retried; it has to be FAILED, CANCELED.`,
        })
      }
      await opened.insert({ id: 'canceled', state: 'CANCELED' })
      expect(await service.retry('canceled')).toMatchObject({ retryOf: 'canceled' })
      await expect(service.retry('unknown')).rejects.toMatchObject({
        code: 'JOB_NOT_FOUND',
        jobId: 'unknown',
      })
    })
  })

  describe('cancels a job', () => {
    it('and says whether it is billed all the same', async () => {
      await opened.insert({ id: 'waiting' })
      await opened.insert({ id: 'sent' })
      await becomes('sent', { type: 'claimed' })
      const state = 'CANCELED'
      expect(await service.cancel('waiting')).toMatchObject({ stillBilled: false, job: { state } })
      expect(await service.cancel('sent')).toMatchObject({
        stillBilled: true,
        job: { state, updatedAt: now },
      })
    })

    it('that has not ended, and is there', async () => {
      await opened.insert({ id: 'ended', state: 'COMPLETED' })
      await expect(service.cancel('ended')).rejects.toMatchObject({
        code: 'JOB_STATE',
        state: 'COMPLETED',
        allowed: ['QUEUED', 'SUBMITTING', 'CREATED', 'PROCESSING'],
        message: expect.stringContaining('cannot be canceled'),
      })
      await expect(service.cancel('unknown')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    })
  })

  it('says in the timeline who made a job, and that it is a retry', async () => {
    await opened.insert({ id: 'a', state: 'FAILED' })
    const asking = createJobService(options, { tenant: localTenant, by: 'key key_1' })
    const made = [await asking.create(model, draft), await asking.retry('a')]
    const timelines = await opened.store.timelines(made.map(({ id }) => id))
    expect(timelines.map(([first]) => first?.message)).toEqual([
      'Recorded by key key_1.',
      'Recorded as a retry of a by key key_1.',
    ])
  })

  it('notes the jobs that it is asked about, also where it refuses, and those it makes', async () => {
    await opened.insert({ id: 'a' })
    const noted: string[] = []
    const done: (string | null)[][] = []
    const noting = telling(service, {
      note: (id) => void noted.push(id),
      limited() {},
      act(mutation, jobId, act) {
        done.push([mutation, jobId])
        return act()
      },
    })
    const made = await noting.create(model, draft, 'k')
    expect(made.idempotencyKey).toBe('k')
    expect(await noting.cancel('a')).toMatchObject({ stillBilled: false })
    const retry = await noting.retry('a', 'again')
    expect(retry).toMatchObject({ retryOf: 'a', idempotencyKey: 'again' })
    expect(await noting.remove('a', false)).toMatchObject({ id: 'a' })
    for (const act of ['cancel', 'retry'] as const) await expect(noting[act]('none')).rejects.toThrow()
    await expect(noting.remove('gone', true)).rejects.toThrow()
    expect(noted).toEqual([made.id, 'a', 'a', retry.id, 'a', 'none', 'none', 'gone'])
    expect(done).toEqual([
      ['createJob', null],
      ['cancelJob', 'a'],
      ['retryJob', 'a'],
      ['deleteJob', 'a'],
      ['cancelJob', 'none'],
      ['retryJob', 'none'],
      ['deleteJob', 'gone'],
    ])
  })
})

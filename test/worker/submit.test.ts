import { describe, expect, it } from 'vitest'
import { kindOf } from '../../src/catalog/kind.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { Hold } from '../../src/jobs/hold.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { Recorder } from '../../src/jobs/recorder.ts'
import type { JobEvent } from '../../src/jobs/state.ts'
import type { SubmitOutcome } from '../../src/jobs/vendor.ts'
import { createEstimates } from '../../src/worker/estimates.ts'
import { createHolds, type Holds } from '../../src/worker/holds.ts'
import { createSubmissions } from '../../src/worker/submit.ts'
import { refusal } from '../support/holds.ts'
import { sampleReport } from '../support/job.ts'
import { deadlineMs, pollMs, useSteps } from '../support/steps.ts'

const minute = 60_000

describe('a submission', () => {
  const world = useSteps()

  function start(
    outcome: SubmitOutcome | ((beforeSend: () => Promise<void>) => Promise<SubmitOutcome>),
    change: { trusted?: boolean; heldUntil?: number; recorder?: Partial<Recorder> } = {},
  ) {
    const { trusted = false, heldUntil = 0, recorder = {} } = change
    const urls: (string | null)[] = []
    const holds = createHolds({ work: world.store, clock: world.clock, log: world.log, onChange() {} })
    const submissions = createSubmissions({
      work: world.store,
      recorder: { ...world.recorder, ...recorder },
      vendor: {
        async submit(_, url, beforeSend) {
          urls.push(url)
          if (typeof outcome === 'function') return outcome(async () => beforeSend?.())
          await beforeSend?.()
          return outcome
        },
      },
      clock: world.clock,
      estimates: createEstimates({ work: world.store, clock: world.clock, kindOf }),
      log: world.log,
      health: { heldUntil: () => heldUntil },
      holds,
      callbacks: { trusted },
      callbackUrl: ({ id }) => `https://gateway/${id}`,
      pollMs,
      deadlineMs,
    })
    let sent: { job: Job; event: JobEvent } | null = null
    async function record() {
      if (sent === null) throw new Error('nothing was sent')
      const next = await submissions.record(sent.job, sent.event)
      return next === null ? null : next - world.clock.now()
    }
    return {
      urls,
      holds,
      submit: async (id = 'a') => {
        const job = await world.job(id)
        if (job === null) throw new Error('no such job')
        sent = { job, event: await submissions.send(job) }
        return record()
      },
      record,
    }
  }
  /** What holds submissions up, as the next claim finds it. */
  async function found(): Promise<readonly Hold[]> {
    let seen: readonly Hold[] = []
    await world.claim((holds) => {
      seen = holds
    })
    return seen
  }
  async function refused(holds: Holds, id: string): Promise<void> {
    const job = { id, model: 'm' }
    await holds.refused(job, holds.begin(job), 'account', refusal)
  }
  const accepted = { kind: 'accepted', report: sampleReport() } as const
  const unknown = { kind: 'unknown', message: 'cut off' } as const

  /** By the prior. */
  const firstPollMs = pollMs * 2

  it('that is accepted is polled soon, and has a deadline', async () => {
    await world.claimed()
    const { submit, urls } = start(accepted)
    expect(await submit()).toBe(firstPollMs)
    expect(urls).toEqual(['https://gateway/a'])
    expect(await world.job()).toMatchObject({
      state: 'CREATED',
      predictionId: 'p1',
      deadlineAt: world.clock.now() + deadlineMs,
    })
    expect((await world.lastEntry())?.message).toBe('The vendor took it, as p1.')
  })

  it('that is accepted waits for its callback where callbacks come', async () => {
    await world.claimed({ callbackToken: 'token' })
    expect(await start(accepted, { trusted: true }).submit()).toBe(minute)
  })

  it('that asked for no callback is polled soon, whether or not callbacks come', async () => {
    await world.claimed()
    expect(await start(accepted, { trusted: true }).submit()).toBe(firstPollMs)
  })

  it('that is accepted ends what held others up', async () => {
    const { submit, holds } = start(accepted)
    await refused(holds, 'z')
    await world.clock.advance(5_000)
    await world.claimed({ id: 'b' }, holds.reading())
    await submit('b')
    expect([holds.any, await found()]).toEqual([false, []])
  })

  it('that is refused fails its job', async () => {
    await world.claimed()
    expect(await start({ kind: 'refused', error: refusal }).submit()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'FAILED', error: refusal })
  })

  it('that is refused for what holds others up goes back until the hold ends', async () => {
    await world.claimed()
    const { submit, holds } = start({ kind: 'held', scope: 'account', error: refusal })
    expect(await submit()).toBeNull()
    const until = world.clock.now() + 5_000
    expect(await world.job()).toMatchObject({ state: 'QUEUED', runAt: until })
    expect(holds.current()).toMatchObject({ scope: 'account', until })
    expect((await world.lastEntry())?.message).toBe('Back in the queue: HTTP 402')
  })

  it('that is refused again right after another was accepted is at fault', async () => {
    await world.claimed()
    const { submit, holds } = start({ kind: 'held', scope: 'account', error: refusal })
    const { model } = (await world.job()) ?? { model: '' }
    await refused(holds, 'a')
    holds.begin({ id: 'b', model })
    await holds.accepted({ id: 'b', model })
    expect(await submit()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'FAILED', error: refusal })
  })

  it('that is refused for the rate waits for as long as all others', async () => {
    await world.claimed()
    const { submit, holds } = start({ kind: 'deferred', reason: 'rate', message: 'slower', pauseMs: 3_000 })
    expect(await submit()).toBeNull()
    const until = world.clock.now() + 3_000
    expect(await world.job()).toMatchObject({ state: 'QUEUED', runAt: until })
    expect(await found()).toMatchObject([{ scope: 'rate', message: 'slower', until }])
    expect(holds.pause).toMatchObject({ message: 'slower' })
  })

  it.each([
    [0, 3_000],
    [9_000, 9_000],
  ])('that was surely not taken waits, and as long as others: %i', async (heldMs, expected) => {
    await world.claimed()
    const outcome = { kind: 'deferred', reason: 'unreachable', message: 'slower', pauseMs: 3_000 } as const
    const { submit } = start(outcome, { heldUntil: world.clock.now() + heldMs })
    expect(await submit()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'QUEUED', runAt: world.clock.now() + expected })
    expect((await world.lastEntry())?.message).toBe('Back in the queue: slower')
  })

  it.each<SubmitOutcome>([
    { kind: 'refused', error: refusal },
    { kind: 'deferred', reason: 'rate', message: 'slower', pauseMs: 3_000 },
    { kind: 'withheld', message: 'no disk' },
    unknown,
  ])(
    'that was to find out whether a hold is over and did not lets another one try: $kind',
    async (outcome) => {
      const { model } = await world.claimed({ id: 'z' })
      const { submit, holds } = start(outcome)
      await holds.refused({ id: 'z', model }, holds.begin({ id: 'z', model }), 'model', refusal)
      await world.clock.advance(5_000)
      await world.claimed({}, holds.reading())
      const of = (holds: readonly Hold[]) => holds.filter(({ place }) => place === model)
      expect(of(await found())).toMatchObject([{ triedBy: 'a' }])
      await submit()
      expect(of(await found())).toMatchObject([{ triedBy: null, triedUntil: null, refusals: 0 }])
    },
  )

  it('that was withheld here is tried again after ten seconds', async () => {
    await world.claimed()
    expect(await start({ kind: 'withheld', message: 'no disk' }).submit()).toBeNull()
    expect(await world.job()).toMatchObject({ state: 'QUEUED', runAt: world.clock.now() + 10_000 })
    expect((await world.lastEntry())?.message).toBe('Back in the queue: no disk')
  })

  it('whose answer was lost is searched for soon, even where callbacks come', async () => {
    await world.claimed({ callbackToken: 'token' })
    expect(await start(unknown, { trusted: true }).submit()).toBe(pollMs)
    expect(await world.job()).toMatchObject({ state: 'SUBMITTING', predictionId: null })
    expect((await world.lastEntry())?.message).toContain('(cut off)')
    expect(world.lines).toMatchObject([{ msg: 'submission unanswered', jobId: 'a', reason: 'cut off' }])
  })

  it('is marked as sent before its first byte, and does not leave where that fails', async () => {
    const job = await world.claimed()
    const { submit } = start(async (beforeSend) => {
      expect((await world.submission())?.sentAt).toBeNull()
      await beforeSend()
      expect((await world.submission())?.sentAt).toBe(world.clock.now())
      // Somebody else's by now.
      await expect(beforeSend()).rejects.toThrow('another gateway has put the job back into the queue')
      return unknown
    })
    await submit()
    expect(await world.submission()).toMatchObject({ jobId: 'a', attempt: job.version })
  })

  it('of a job that was canceled meanwhile is followed if the vendor has it, else over', async () => {
    await world.claimed()
    await world.claimed({ id: 'b' })
    const canceled = (outcome: SubmitOutcome, id: string) =>
      start(async (beforeSend) => {
        await beforeSend()
        await world.cancel(id)
        return outcome
      }).submit(id)
    expect(await canceled(accepted, 'a')).toBe(pollMs)
    expect(await world.job()).toMatchObject({ state: 'CANCELED', predictionId: 'p1' })
    expect(await canceled({ kind: 'refused', error: refusal }, 'b')).toBeNull()
    expect(await world.job('b')).toMatchObject({ state: 'CANCELED', submittedAt: null })
  })

  it('of a job that was deleted meanwhile is followed', async () => {
    await world.claimed()
    expect(await start(accepted, { recorder: { advance: async () => null } }).submit()).toBe(pollMs)
  })

  it('that cannot be written is written later, as it was', async () => {
    await world.claimed()
    let fails = true
    const { submit, record } = start(accepted, {
      recorder: {
        advance: (...args) =>
          fails ? Promise.reject(new HistoryUnavailableError('full')) : world.recorder.advance(...args),
      },
    })
    await expect(submit()).rejects.toThrow(HistoryUnavailableError)
    await expect(record()).rejects.toThrow(HistoryUnavailableError)
    expect(world.logged).toEqual([])
    fails = false
    expect(await record()).toBe(firstPollMs)
    expect(await world.job()).toMatchObject({ state: 'CREATED', predictionId: 'p1' })
  })

  it.each<[string, SubmitOutcome]>([
    ['put off', { kind: 'deferred', reason: 'rate', message: 'slower', pauseMs: 0 }],
    ['refused', { kind: 'refused', error: refusal }],
  ])('that was %s says nothing of a later one of the same job', async (_name, outcome) => {
    await world.claimed()
    const first = start(outcome)
    expect(await first.submit()).toBeNull()
    // Written, but for all that was answered it was not; and the job was claimed again, or canceled on its way.
    await world.recorder.change('a', (job) => ({
      job: { ...job, state: 'QUEUED', version: job.version + 1, error: null, finishedAt: null },
      entry: { version: job.version + 1, state: 'QUEUED', message: '', at: job.updatedAt },
    }))
    const again = await world.claimAgain()
    expect(await first.record()).toBe(pollMs)
    expect(await world.job()).toEqual(again)
    await world.cancel()
    await first.record()
    expect(await world.job()).toMatchObject({ version: again.version + 1, submittedAt: again.submittedAt })
  })

  it('whose task another job has taken is searched for', async () => {
    await world.running({ id: 'b' }, { id: 'p1' })
    await world.claimed()
    expect(await start(accepted).submit()).toBe(pollMs)
    expect(await world.job()).toMatchObject({ state: 'SUBMITTING', predictionId: null })
    expect((await world.lastEntry())?.message).toContain('(it could not be recorded)')
    const msg = 'what became of a submission cannot be recorded: looking for it'
    expect(world.lines).toMatchObject([{ msg, jobId: 'a', err: {} }])
  })
})

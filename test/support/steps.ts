import { afterEach, beforeEach } from 'vitest'
import { kindOf } from '../../src/catalog/kind.ts'
import { createMemoryEvents } from '../../src/events/memory.ts'
import type { Hold } from '../../src/jobs/hold.ts'
import type { Job } from '../../src/jobs/job.ts'
import { createRecorder, type Recorder } from '../../src/jobs/recorder.ts'
import { transition } from '../../src/jobs/state.ts'
import type { FindOutcome, PollOutcome, PredictionReport } from '../../src/jobs/vendor.ts'
import type { Claim, JobWork } from '../../src/jobs/work.ts'
import { createLog } from '../../src/log.ts'
import { createEstimates } from '../../src/worker/estimates.ts'
import { createSteps, type StepOptions } from '../../src/worker/step.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { sampleJob, sampleReport } from './job.ts'
import { openSqliteStore, record, type SqliteStore } from './stores.ts'

export const pollMs = 2_000
export const deadlineMs = 30 * 60_000
/** The pause after no answer; what the vendor asks for comes to it. */
export const retryMs = 7_000

const output = { url: 'https://example.com/out.mp4', nsfw: null, expiresAt: 0 }

interface Parts {
  readonly store: SqliteStore
  readonly clock: FakeClock
  readonly recorder: Recorder
}

/** Brings jobs to where steps begin. */
function createSending(parts: () => Parts) {
  const sending = {
    /** A job that an engine has claimed, and has not sent yet. */
    async claimed(change: Partial<Job> = {}, heed?: (holds: readonly Hold[]) => void): Promise<Job> {
      const { store, clock } = parts()
      const now = clock.now()
      await record(store, { id: 'a', createdAt: now, updatedAt: now, runAt: now, ...change })
      return sending.claimAgain(change.callbackToken ?? undefined, heed)
    },
    /** The job that is next. */
    async claimAgain(callbackToken?: string, heed?: (holds: readonly Hold[]) => void): Promise<Job> {
      const claim = await sending.claim(heed, callbackToken)
      if (claim.kind !== 'claimed') throw new Error('nothing waits')
      return claim.transitions[0].job
    },
    claim(heed: (holds: readonly Hold[]) => void = () => {}, callbackToken?: string): Promise<Claim> {
      const { clock, recorder } = parts()
      const now = clock.now()
      return recorder.claim({
        now,
        limits: { videosPerMinute: 100, concurrency: 100 },
        windowStart: now,
        lease: { owner: 'me', until: now },
        heed,
        decide: (job) => transition(job, { type: 'claimed', callbackToken }, now),
      })
    },
    /** One whose POST has left, and was not answered. */
    async sent(change: Partial<Job> = {}): Promise<Job> {
      const { store, clock } = parts()
      const job = await sending.claimed(change)
      await store.markSent(job.id, job.version, clock.now())
      return job
    },
    /** One that the vendor has accepted. */
    async running(change: Partial<Job> = {}, report: Partial<PredictionReport> = {}): Promise<Job> {
      const { clock, recorder } = parts()
      const { id } = await sending.sent(change)
      const accepted = await recorder.advance(id, (job) =>
        transition(
          job,
          {
            type: 'accepted',
            report: sampleReport({ id: `task of ${id}`, ...report }),
            adopted: false,
            deadlineAt: clock.now() + deadlineMs,
          },
          clock.now(),
        ),
      )
      return accepted?.after ?? sampleJob()
    },
    cancel(id = 'a') {
      const { clock, recorder } = parts()
      return recorder.change(id, (job) => transition(job, { type: 'canceled' }, clock.now()))
    },
  }
  return sending
}

/** A history, a clock and a vendor for each test, and everything that steps are made of. */
export function useSteps() {
  let store: SqliteStore
  let clock: FakeClock
  let recorder: Recorder
  let asked: unknown[][]
  let logged: Readonly<Record<string, unknown>>[]
  let missed: number
  const answers = {
    poll: { kind: 'unanswered', message: '', pauseMs: null } as PollOutcome,
    find: { kind: 'answered', reports: [] } as FindOutcome,
    isListed: null as boolean | null,
  }
  beforeEach(() => {
    store = openSqliteStore({ file: ':memory:' })
    clock = createFakeClock()
    recorder = createRecorder(store, createMemoryEvents())
    asked = []
    logged = []
    missed = 0
  })
  afterEach(() => store.close())

  return {
    ...createSending(() => ({ store, clock, recorder })),
    /** What the vendor answers. */
    answers,
    get store() {
      return store
    },
    get clock() {
      return clock
    },
    get recorder() {
      return recorder
    },
    /** What the vendor was asked. */
    get asked() {
      return asked
    },
    /** The lines of the log with their members. */
    get lines() {
      return logged
    },
    get logged() {
      return logged.map(({ msg }) => msg)
    },
    /** How many callbacks were missed. */
    get missed() {
      return missed
    },
    get log() {
      return createLog('info', { write: (line) => void logged.push(JSON.parse(line)) })
    },
    options(change: { readonly trusted?: boolean; readonly work?: Partial<JobWork> } = {}): StepOptions {
      const { trusted = false, work = {} } = change
      return {
        work: { ...store, ...work },
        recorder,
        estimates: createEstimates({ work: store, clock, kindOf }),
        vendor: {
          async poll(...args) {
            asked.push(['poll', ...args])
            return answers.poll
          },
          async find(query) {
            asked.push(['find', query])
            return answers.find
          },
          async isListed(query) {
            asked.push(['isListed', query])
            return answers.isListed
          },
        },
        clock,
        log: this.log,
        health: { retryPause: (askedMs = 0) => retryMs + askedMs },
        callbacks: {
          trusted,
          missed() {
            missed += 1
          },
        },
        pollMs,
        deadlineMs,
      }
    },
    /** Steps of which each answers in how many milliseconds the next is due; null after the last. */
    steps(...given: Parameters<typeof this.options>) {
      const steps = createSteps(this.options(...given))
      return {
        ...steps,
        async poll(known: Job | string = 'a') {
          const job = typeof known === 'string' ? await store.work.job(known) : known
          const at = job && (await steps.poll(job))
          return at === null ? null : at - clock.now()
        },
      }
    },
    reports(phase: PredictionReport['phase'], change: Partial<PredictionReport> = {}) {
      const outputs = phase === 'completed' ? [output] : []
      const report = sampleReport({ id: 'task of a', phase, status: phase, outputs, ...change })
      answers.poll = { kind: 'report', report }
    },
    job: (id = 'a') => store.work.job(id),
    submission: (id = 'a') => store.work.submission(id),
    lastEntry: async (id = 'a') => (await store.timelines([id]))[0]?.at(-1),
  }
}

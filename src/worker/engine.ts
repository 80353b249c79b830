import type { SteadyClock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import { createPauses } from '../jobs/pauses.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { transition } from '../jobs/state.ts'
import type { VendorHealth } from '../jobs/vendor.ts'
import type { Lease, Limits } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import { rateWindowMs } from '../spending/window.ts'
import { createAlarm } from './alarm.ts'
import type { Holds } from './holds.ts'
import type { Loop } from './loop.ts'
import { createSending } from './sending.ts'
import type { Steps } from './step.ts'
import type { Submissions } from './submit.ts'

/** POSTs under way at the same time. More would only wait in the connection pool. */
const submissionsAtOnce = 32

/** How often it is asked who waits though nothing wakes: the answer to a commit may be lost, or a message of another process. */
const sharedIdleMs = 5_000 // 5 seconds
const ownIdleMs = 60_000 // 1 minute

/** After a history that could not be written. */
const faultPauseMs = 10_000 // 10 seconds

export interface EngineOptions {
  readonly recorder: Pick<Recorder, 'claim' | 'settle'>
  readonly steps: Pick<Steps, 'poll'>
  readonly submissions: Submissions
  readonly loop: Loop
  readonly holds: Pick<Holds, 'start' | 'reading'>
  readonly health: Pick<VendorHealth, 'maySubmit'>
  readonly clock: SteadyClock
  readonly log: Logger
  readonly lease: (now: number) => Lease
  /** Whether other processes share the rows. */
  readonly shared: boolean
  readonly limits: Limits
  /** Draws the secret part of a callback's address; null where the vendor cannot reach the gateway. */
  readonly drawCallbackToken: (() => string) | null
  /** Told when a job was let in, or none could be. */
  readonly onStep: () => void
}

export interface Engine {
  /** Recovers every unfinished job from the rows and begins to work. */
  start(): Promise<void>
  /** A job waits in the queue, or a running one ended: somebody may start. */
  admit(): void
  /** Polls are answered again after an outage. */
  recovered(): void
  /** Starts nothing new and waits for the steps under way. */
  stop(): Promise<void>
}

/** Lets jobs start as the account's limits allow, each tenant's oldest first, and polls those that were sent. */
export function createEngine(options: EngineOptions): Engine {
  const { recorder, steps, loop, health, holds, clock, log, limits, lease } = options
  const { drawCallbackToken, onStep } = options
  const pauses = createPauses(clock)
  const admission = createAlarm({
    clock,
    run: letIn,
    idleMs: options.shared ? sharedIdleMs : ownIdleMs,
    onFault(error) {
      // That the history is not available, its own line says.
      const level = error instanceof HistoryUnavailableError ? 'debug' : 'error'
      log[level]({ err: error }, 'no job can be let in, trying again')
    },
  })
  let stopping = false
  const sending = createSending({ ...options, pauses, isStopping: () => stopping })
  let beginning: Promise<void> | null = null

  async function letIn(): Promise<number | null> {
    onStep()
    try {
      await recorder.settle()
      return await admitWaiting()
    } finally {
      onStep()
    }
  }

  async function admitWaiting(): Promise<number | null> {
    while (!stopping) {
      const now = clock.now()
      const { atMost, until } = health.maySubmit()
      if (until !== null) return until
      // Whoever may start then is told: by the end of a submission, or of an outage.
      const hands = Math.min(atMost, submissionsAtOnce) - sending.size
      if (hands <= 0) return null
      const claim = await recorder.claim({
        now,
        limits,
        windowStart: clock.ago(rateWindowMs),
        lease: lease(now),
        atMost: hands,
        heed: holds.reading(),
        decide: (job) => transition(job, { type: 'claimed', callbackToken: drawCallbackToken?.() }, now),
      })
      if (claim.kind === 'wait') return claim.until
      for (const { job } of claim.transitions) sending.begin(job, admission.wake)
    }
    return null
  }

  async function begin(): Promise<void> {
    await loop.start(async (job) => {
      const next = await steps.poll(job)
      // Its task is over, whether or not that changed the job: there is a place.
      if (next === null) admission.wake()
      return next
    })
    if (stopping) return
    await holds.start()
    if (!stopping) admission.start()
  }

  /** A history that cannot be written just now, on a full disk say, can be read: the gateway starts all the same. */
  async function beginLater(): Promise<void> {
    while (!stopping) {
      await pauses.pause(faultPauseMs)
      try {
        if (!stopping) return await begin()
      } catch (error) {
        if (!(error instanceof HistoryUnavailableError)) {
          log.error({ err: error }, 'the work cannot begin, trying again')
        }
      }
    }
  }

  return {
    async start() {
      try {
        const begun = begin()
        beginning = begun.catch(() => {}) // Whoever starts it is told.
        await begun
      } catch (error) {
        if (!(error instanceof HistoryUnavailableError)) throw error
        beginning = beginLater()
      }
    },
    admit: () => admission.wake(),
    recovered() {
      loop.spread().catch((error: unknown) => {
        log.debug({ err: error }, 'what is overdue cannot be spread: it comes all at once')
      })
      admission.wake()
    },
    async stop() {
      stopping = true
      pauses.end()
      await beginning
      await admission.stop()
      await sending.end()
      await loop.stop()
    },
  }
}

import { HistoryUnavailableError, JobUnreadableError } from '../errors.ts'
import { longestAsked } from '../jobs/cadence.ts'
import type { Clock } from '../jobs/clock.ts'
import type { StepQueue } from '../jobs/queue.ts'
import type { Recorder } from '../jobs/recorder.ts'
import { isTerminal, transition } from '../jobs/state.ts'
import type { Vendor } from '../jobs/vendor.ts'
import type { JobWork, Limits } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { Holds } from './holds.ts'
import type { Leases } from './lease.ts'
import type { Steps } from './step.ts'
import { createSweep } from './sweep.ts'

/** The queue's key for "let the next waiting job start"; every other key is the id of a job. */
const admission = 'admission'

/** The vendor counts videos per minute; a second more, since its clock and the network are not ours. */
const rateWindowMs = 61_000 // 61 seconds

/** POSTs under way at the same time. More would only wait in the connection pool. */
const submissionsAtOnce = 32

/** After a step that failed in an unforeseen way. */
const faultPauseMs = 10_000 // 10 seconds

export interface EngineOptions {
  readonly store: Pick<JobWork, 'stepsDue' | 'recover'>
  readonly recorder: Recorder
  readonly steps: Steps
  readonly queue: StepQueue
  readonly breaker: CircuitBreaker
  readonly holds: Holds
  readonly vendor: Pick<Vendor, 'probe'>
  readonly clock: Clock
  readonly log: Logger
  readonly leases: Leases
  /** Whether other processes share the rows and the queue, which then outlives this process. */
  readonly shared: boolean
  readonly limits: Limits
  /** Draws the secret part of a callback's address; null where the vendor cannot reach the gateway. */
  readonly drawCallbackToken: (() => string) | null
}

export interface Engine {
  /** Recovers every unfinished job from the rows and begins to work. */
  start(): Promise<void>
  /** A job waits in the queue, or a running one ended: somebody may start. */
  admit(): void
  /** Starts nothing new and waits for the steps under way. */
  stop(): Promise<void>
}

/** Lets jobs start as the account's limits allow, oldest first, and polls those that were sent. */
export function createEngine(options: EngineOptions): Engine {
  const { store, recorder, steps, queue, breaker, holds, vendor, clock, log, leases, limits } = options
  const { drawCallbackToken } = options
  const submissions = new Set<Promise<void>>()
  const sweep = createSweep({
    store,
    queue,
    clock,
    log,
    shared: options.shared,
    settle: recorder.settle,
    admit,
  })
  /** Pauses that a stop ends. */
  const pauses = new Set<() => void>()
  /** The pause after a probe that was not answered; whoever asks for admission meanwhile does not shorten it. */
  let probePause: { readonly since: number; readonly ms: number } | null = null
  let stopping = false
  let beginning: Promise<void> | null = null

  async function run(key: string): Promise<number | null> {
    log.debug({ step: key }, 'step')
    try {
      if (key === admission) return await admitWaiting()
      const { down } = breaker
      const next = await steps.poll(key)
      // It ended, so its place is free; or it was answered, so an outage is over.
      if (next === null || (down && !breaker.down)) admit()
      return next
    } catch (error) {
      // The store has said so. Another try would find the same; a person has to repair the row.
      if (error instanceof JobUnreadableError) return null
      // That the history is not available, its own line says.
      const level = error instanceof HistoryUnavailableError ? 'debug' : 'error'
      log[level]({ err: error, step: key }, 'step failed, trying again')
      return clock.now() + faultPauseMs
    }
  }

  async function admitWaiting(): Promise<number | null> {
    while (!stopping && submissions.size < (breaker.probing || holds.probing ? 1 : submissionsAtOnce)) {
      const now = clock.now()
      const pausedUntil = heldUntil()
      if (pausedUntil > 0) return pausedUntil
      if (breaker.down) {
        const until = probePausedUntil(now)
        if (until !== null) return until
        if (!(await vendor.probe())) {
          probePause = { since: clock.now(), ms: breaker.unanswered() }
          return probePause.since + probePause.ms
        }
        breaker.answered()
        continue
      }
      const claim = await recorder.claim({
        now,
        limits,
        windowStart: now - rateWindowMs,
        lease: leases.from(now),
        without: holds.heldModels(),
        inTurn: holds.inTurn,
        decide: (job) => transition(job, { type: 'claimed', callbackToken: drawCallbackToken?.() }, now),
      })
      if (claim.kind === 'wait') return earliest(claim.until, holds.nextModel())
      const { job } = claim.transition
      const submission: Promise<void> = submit(job.id, steps.submit(job)).finally(() => {
        submissions.delete(submission)
        admit()
      })
      submissions.add(submission)
    }
    return null // A submission that ends asks again.
  }

  /** When the vendor may be probed again; null if it may be now. A pause that began in the future is one of a clock that was set back. */
  function probePausedUntil(now: number): number | null {
    if (probePause === null || now < probePause.since) return null
    const until = probePause.since + probePause.ms
    return until > now ? until : null
  }

  async function submit(jobId: string, submitted: ReturnType<Steps['submit']>): Promise<void> {
    try {
      const job = await submitted
      if (job && !isTerminal(job.state) && job.state !== 'QUEUED') queue.schedule(job.id, job.runAt)
    } catch (error) {
      // The row says SUBMITTING: the job's next step records what is known, and nothing is sent again.
      log.error({ err: error, step: jobId }, 'recording a submission failed, trying again')
      if (options.shared) await recordHere(jobId)
      else queue.schedule(jobId, clock.now() + faultPauseMs)
    }
  }

  /** What became of the submission is known in this process only: any other would have to look for it. */
  async function recordHere(jobId: string): Promise<void> {
    while (!stopping) {
      await pause(faultPauseMs)
      try {
        const next = await steps.poll(jobId)
        if (next !== null) queue.schedule(jobId, next)
        return
      } catch (error) {
        log.debug({ err: error, step: jobId }, 'recording a submission failed, trying again')
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        pauses.delete(end)
        resolve()
      }
      const cancel = clock.after(ms, end)
      pauses.add(end)
    })
  }

  /** Until when nothing may be sent, whatever the reason; 0 if something may be. */
  function heldUntil(): number {
    return Math.max(breaker.heldUntil(), holds.heldUntil())
  }

  function admit(): void {
    if (!stopping) queue.schedule(admission, Math.max(clock.now(), heldUntil()))
  }

  async function begin(): Promise<void> {
    await store.recover(clock.now() + longestAsked)
    // A queue that others keep going has its entries.
    const before = options.shared ? clock.now() : Number.MAX_SAFE_INTEGER
    for (const { id, runAt } of await store.stepsDue({ before, limit: Number.MAX_SAFE_INTEGER })) {
      queue.schedule(id, runAt)
    }
    if (stopping) return
    queue.start(run)
    sweep.start()
    admit()
  }

  /** A history that cannot be written just now, on a full disk say, can be read: the gateway starts all the same. */
  async function beginLater(): Promise<void> {
    while (!stopping) {
      await pause(faultPauseMs)
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
        await begin()
      } catch (error) {
        if (!(error instanceof HistoryUnavailableError)) throw error
        beginning = beginLater()
      }
    },
    admit,
    async stop() {
      stopping = true
      for (const end of pauses) end()
      await beginning
      await Promise.all([sweep.stop(), queue.pause(), ...submissions])
      await Promise.all(submissions)
      // Somebody else may start what waits.
      if (options.shared) queue.schedule(admission, clock.now())
      await queue.stop()
    },
  }
}

function earliest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

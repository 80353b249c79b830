import type { Logger } from '../log.ts'

/** What a history is written by, and everything is waited for. */
export interface Clock {
  /** Milliseconds since 1970. That of a gateway never runs backwards, and takes no leap that a person or NTP makes. */
  now(): number
  /** Calls `run` once, `ms` from now; answers a function that calls it off. */
  after(ms: number, run: () => void): () => void
}

/** The clock of a machine: its `now` may be set forward and back at any time. */
export interface SystemClock extends Clock {
  /** Milliseconds since some moment, by a counter that nobody sets. */
  elapsed(): number
}

export const systemClock: SystemClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** The one clock of a process. */
export interface SteadyClock extends Clock {
  /**
   * Since when it has run on without a leap: the start of the process, or later. How much time had passed before nobody can
   * tell, so what was waited for since an earlier moment is not over yet for that.
   */
  readonly steadySince: number
  /** What it showed `ms` ago: further back than that where it has leapt since. */
  ago(ms: number): number
}

export interface OpenClock {
  readonly clock: SteadyClock
  close(): void
}

export interface ClockOptions {
  readonly log: Logger
  /** The newest time that the history holds: the clock goes on from there if its own is behind; null for an empty one. */
  readonly notBefore: number | null
  readonly system?: SystemClock
}

/** How often the clock is compared with what it follows: either may be set. */
const compareMs = 60_000 // 1 minute

/** By how much it runs faster or slower to make a difference good: a minute of the vendor's limit has a second to spare. */
const pace = 0.005

/** A difference from one comparison to the next that is no mere drift. */
const stepMs = 1_000 // 1 second

/** Beyond this somebody should see to the clock of a machine, and gateways that share a history no longer agree. */
const bearableMs = 5_000 // 5 seconds

/**
 * The clock of a process that has its history to itself. It follows the machine's, but no step of it: that would use up
 * deadlines, or repeat what was done. The next start begins by the machine's clock as it then is.
 */
export function openSystemClock(options: ClockOptions): OpenClock {
  const { system = systemClock } = options
  const steady = createSteady(options, system.now())
  let cancel = () => {}

  function compareLater(): void {
    cancel = system.after(compareMs, () => {
      steady.follow(system.now())
      compareLater()
    })
  }

  compareLater()
  return { clock: steady.clock, close: () => cancel() }
}

/** Of so many answers the quickest counts: the others had to wait for something. */
const samples = 3

/**
 * The same, by the database's clock: gateways that share a history agree on the time, or one of them would see the minute
 * of the vendor's limit end before the others. For that they all take over its steps forward, with their next comparison.
 *
 * @param timeOf the database's time, in milliseconds since 1970
 */
export async function openDatabaseClock(
  timeOf: () => Promise<number>,
  options: ClockOptions,
): Promise<OpenClock> {
  const { log, system = systemClock } = options
  let told = false
  let closed = false
  let cancel = () => {}

  /** The database's time less what this machine's counter shows. */
  async function compare(): Promise<number> {
    let quickest = Number.POSITIVE_INFINITY
    let found = 0
    for (let sample = 0; sample < samples; sample += 1) {
      const before = system.elapsed()
      const there = await timeOf()
      const after = system.elapsed()
      if (after - before >= quickest) continue
      quickest = after - before
      found = there - (before + after) / 2
    }
    const offsetMs = Math.round(found + system.elapsed() - system.now())
    const isFar = Math.abs(offsetMs) > bearableMs
    if (isFar && !told) {
      log.warn({ offsetMs }, "this machine's clock is not the database's: let both be set by NTP")
    }
    told = isFar
    return found
  }

  function compareLater(): void {
    cancel = system.after(compareMs, () => {
      // A database that does not answer leaves the clock as it is.
      void compare()
        .then(
          (found) => steady.follow(found + system.elapsed(), bearableMs),
          () => {},
        )
        .then(() => closed || compareLater())
    })
  }

  const found = await compare()
  const steady = createSteady(options, found + system.elapsed())
  compareLater()
  return {
    clock: steady.clock,
    close() {
      closed = true
      cancel()
    },
  }
}

/** @param reference the time of what it follows, as it is now */
function createSteady({ log, notBefore, system = systemClock }: ClockOptions, reference: number) {
  let since = system.elapsed()
  /** Its time then. */
  let at = Math.max(reference, notBefore ?? reference)
  /** By how much what it follows was ahead of it then. */
  let apart = reference - at
  let steadySince = Math.floor(at)
  /** By how much it leapt then. */
  let leapt = 0
  if (-apart > stepMs) {
    log.warn({ aheadMs: Math.round(-apart) }, 'the history is ahead of the clock: its times go on from there')
  }

  function exactly(elapsed: number): number {
    const passed = elapsed - since
    const most = passed * pace
    return at + passed + Math.min(Math.max(apart, -most), most)
  }

  /** @param leapMs a step forward that is larger is taken over; none is by default */
  function follow(reference: number, leapMs = Number.POSITIVE_INFINITY): void {
    const elapsed = system.elapsed()
    const expected = at + apart + elapsed - since
    at = exactly(elapsed)
    since = elapsed
    apart = reference - at
    const step = Math.round(reference - expected)
    const leaps = apart > leapMs
    if (Math.abs(step) >= stepMs) {
      log.warn({ stepMs: step, takenOver: leaps }, 'the clock was set: the gateway goes by one that was not')
    }
    if (!leaps) return
    leapt = reference - at
    at = reference
    apart = 0
    steadySince = Math.floor(at)
  }

  const clock: SteadyClock = {
    now: () => Math.floor(exactly(system.elapsed())),
    after: system.after,
    get steadySince() {
      return steadySince
    },
    ago(ms) {
      const then = exactly(system.elapsed()) - ms
      return Math.floor(then < steadySince ? then - leapt : then)
    },
  }
  return { clock, follow }
}

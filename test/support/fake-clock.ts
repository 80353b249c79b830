import { setTimeout as realPause } from 'node:timers/promises'
import type { Clock, SteadyClock, SystemClock } from '../../src/jobs/clock.ts'

export interface FakeClock extends SteadyClock, SystemClock {
  /** Timers that wait. */
  readonly pending: number
  /** The same time without the jumps: that of a vendor whose clock was not touched. */
  readonly steady: Clock
  /** Sets the clock forward or back, as a person or NTP does: timers that wait keep their duration, and `elapsed` goes on. */
  jump(ms: number): void
  /** Moves time forward, running what falls due in order, each with the time it was due at. */
  advance(ms: number): Promise<void>
  /**
   * Time stands still while this is under way, since sockets take real time: what is due next meets a world that had
   * its say. Only what itself waits for this clock, such as a slow answer of the sandbox, is not waited for.
   */
  during<T>(work: Promise<T>, waitsForClock?: () => boolean): Promise<T>
  /** Moves time forward in small steps, giving real sockets a moment after each, until `done` holds. */
  until(done: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>
}

/** A clock that only moves when it is told to. The start is an arbitrary but fixed day. */
export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start
  let jumped = 0
  let timers: { at: number; run: () => void }[] = []
  const underWay = new Set<{ readonly end: Promise<unknown>; readonly waitsForClock: () => boolean }>()

  /** Lets promises and callbacks that are ready run, and what is under way come to its end. */
  async function settle(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      const awaited = [...underWay].filter(({ waitsForClock }) => !waitsForClock())
      if (awaited.length === 0) return
      // Not busily, since a server may need the processor; and not for ever, since one may come to wait for this clock.
      await Promise.race([realPause(1), ...awaited.map(({ end }) => end)])
    }
  }

  async function advance(ms: number): Promise<void> {
    const end = now + ms
    await settle()
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers = timers.filter((timer) => timer !== next)
      now = Math.max(now, next.at)
      next.run()
      await settle()
    }
    now = end
    await settle()
  }

  function after(ms: number, run: () => void): () => void {
    const timer = { at: now + Math.max(ms, 0), run }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }

  return {
    now: () => now,
    elapsed: () => now - jumped - start,
    steadySince: start,
    ago: (ms) => now - ms,
    after,
    steady: { now: () => now - jumped, after },
    jump(ms) {
      now += ms
      jumped += ms
      for (const timer of timers) timer.at += ms
    },
    get pending() {
      return timers.length
    },
    advance,
    async during(work, waitsForClock = () => false) {
      const one = { end: work.catch(() => {}), waitsForClock }
      underWay.add(one)
      try {
        return await work
      } finally {
        underWay.delete(one)
      }
    },
    async until(done, stepMs = 500) {
      for (let step = 0; step < 5_000; step += 1) {
        if (await done()) return
        await advance(stepMs)
        await realPause(1)
      }
      throw new Error('What was waited for did not come about.')
    },
  }
}

import { setTimeout as realPause } from 'node:timers/promises'
import type { Clock } from '../../src/jobs/ports.ts'

export interface FakeClock extends Clock {
  /** Timers that wait. */
  readonly pending: number
  /** The same time without the jumps: that of a vendor whose clock was not touched. */
  readonly steady: Clock
  /** Sets the clock forward or back, as a person or NTP does: timers that wait keep their real duration. */
  jump(ms: number): void
  /** Moves time forward, running what falls due in order, each with the time it was due at. */
  advance(ms: number): Promise<void>
  /** Moves time forward in small steps, giving real sockets a moment after each, until `done` holds. */
  until(done: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>
}

/** A clock that only moves when it is told to. The start is an arbitrary but fixed day. */
export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start
  let jumped = 0
  let timers: { at: number; run: () => void }[] = []

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

/** Lets promises and callbacks that are ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

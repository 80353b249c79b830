/** The limits of an account, as the newer copy of the vendor's account levels gives them. */
export const tiers = {
  bronze: { videosPerMinute: 2, concurrency: 2 },
  silver: { videosPerMinute: 500, concurrency: 300 },
  gold: { videosPerMinute: 3_000, concurrency: 3_000 },
  ultra: { videosPerMinute: 5_000, concurrency: 10_000 },
} as const

export type Tier = keyof typeof tiers

/** Where the sandbox takes the time from. Tests pass one that they move themselves. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after `ms`; the function it returns prevents that. */
  after(ms: number, run: () => void): () => void
}

/** How to start a sandbox. Everything has a default. */
export interface SandboxOptions {
  /** Port to listen on; 0 takes a free one, which is the default. */
  port?: number | undefined
  /** A loopback address, by default 127.0.0.1; any other is refused. */
  host?: string | undefined
  /** Length of a task in seconds, or a range to draw it from. Default 8. */
  taskSeconds?: number | readonly [minimum: number, maximum: number] | undefined
  /** Account level whose limits apply. Default ultra. */
  tier?: Tier | undefined
  /** Accepted submits within any 60 seconds, in place of the tier's. */
  videosPerMinute?: number | undefined
  /** Tasks that run at once, in place of the tier's. */
  concurrency?: number | undefined
  /** What a submit above the concurrency meets: the task waits (default), or HTTP 429. Both are on record. */
  overflow?: 'wait' | 'reject' | undefined
  /** The bearer key that is accepted. Default `sandbox`. */
  apiKey?: string | undefined
  /** The secret that signs webhooks, with its `whsec_` prefix. Default: a new one at each start. */
  webhookSecret?: string | undefined
  /** Folder in which tasks and uploads are kept over a restart; made if need be. Default: none, they are forgotten. */
  folder?: string | undefined
  /** Bytes of the largest upload. Default 104857600 (100 MiB). */
  largestUpload?: number | undefined
  clock?: Clock | undefined
  /** Numbers from 0 to below 1, for the length of tasks. */
  random?: (() => number) | undefined
  /** Called with one line per request. Default: silent. */
  log?: ((line: string) => void) | undefined
}

/** A clock whose waiting calls can all be dropped at once. */
export interface Timers extends Clock {
  /** Resolves after `ms`, or never once disposed. */
  delay(ms: number): Promise<void>
  dispose(): void
}

// One timer of Node cannot be longer than this; a longer one would fire at once.
const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestTimer))
    return () => clearTimeout(timer)
  },
}

/** Remembers every waiting call of a clock, so that closing the sandbox leaves none behind. */
export function createTimers(clock: Clock): Timers {
  const waiting = new Set<() => void>()
  let disposed = false
  const after: Clock['after'] = (ms, run) => {
    if (disposed) return () => {}
    const cancel = clock.after(ms, () => {
      waiting.delete(cancel)
      run()
    })
    waiting.add(cancel)
    return () => {
      waiting.delete(cancel)
      cancel()
    }
  }
  return {
    now: () => clock.now(),
    after,
    delay: (ms) => new Promise((resolve) => after(ms, resolve)),
    dispose() {
      disposed = true
      for (const cancel of waiting) cancel()
      waiting.clear()
    },
  }
}

import type { Core } from '../../src/app/core.ts'
import type { Gateway } from './gateway.ts'
import type { Life } from './life.ts'
import type { Time, Trace } from './time.ts'

/** What came of asking the gateway something. */
export type Reply<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The process died meanwhile: nobody knows what it did. */
  | { readonly kind: 'lost' }

/** Whoever runs the gateway: starts it again when it has died or was stopped. */
export interface Host {
  readonly gateway: Gateway | null
  /** How often it was started. */
  readonly starts: number
  /** Waits for a gateway that serves. */
  serving(): Promise<Gateway>
  /** Asks the gateway that serves. */
  ask<T>(question: (core: Core, life: Life) => T | Promise<T>): Promise<Reply<T>>
  /** Keeps it down for so long after its next death. */
  downFor(ms: number): void
  /** Stops it cleanly, and starts it again after `ms`; null: never. False if it died meanwhile. */
  stop(ms: number | null): Promise<boolean>
}

/** How long it takes to start the gateway again. */
const usualMs = 2_000

export function createHost(options: {
  readonly start: () => Gateway
  readonly time: Time
  readonly trace: Trace
  /** Told of each clean stop, and how long it took. */
  readonly onStopped: (ms: number) => void
}): Host {
  const { start, time, trace, onStopped } = options
  let gateway: Gateway | null = null
  let starts = 0
  let downMs = usualMs
  const waiting: (() => void)[] = []

  function begin(): void {
    starts += 1
    const begun = start()
    gateway = begun
    void begun.life.died.then(() => {
      if (gateway !== begun) return // It had been stopped.
      trace.line('gateway', 'died')
      gateway = null
      time.after(downMs, begin)
      downMs = usualMs
    })
    for (const go of waiting.splice(0)) go()
  }

  async function serving(): Promise<Gateway> {
    while (gateway === null || gateway.stopping || gateway.life.dead) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    }
    return gateway
  }

  begin()
  return {
    get gateway() {
      return gateway
    },
    get starts() {
      return starts
    },
    serving,
    async ask(question) {
      const { core, life } = await serving()
      const answer = Promise.resolve()
        .then(() => question(core, life))
        .then(
          (value) => ({ kind: 'answered' as const, value }),
          (error: unknown) => ({ kind: 'failed' as const, error }),
        )
      return Promise.race([answer, life.died.then(() => ({ kind: 'lost' as const }))])
    },
    downFor(ms) {
      downMs = ms
    },
    async stop(ms) {
      const stopped = gateway
      if (stopped === null || stopped.stopping) return false
      const begun = time.now()
      await Promise.race([stopped.stop(), stopped.life.died])
      if (stopped.life.dead) return false
      onStopped(time.now() - begun)
      gateway = null
      stopped.life.kill()
      if (ms !== null) time.after(ms, begin)
      return true
    },
  }
}

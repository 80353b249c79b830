import type { Gateway } from './gateway.ts'
import { createLife, type Life } from './life.ts'
import type { Time, Trace } from './time.ts'

/** Whoever runs a gateway: starts it again when it has died or was stopped. */
export interface Host {
  /** Its process; null while there is none. */
  readonly life: Life | null
  /** Null until it has started. */
  readonly gateway: Gateway | null
  /** Whether it is down for good. */
  readonly gone: boolean
  /** How often it was started. */
  readonly starts: number
  /** Keeps it down for so long after its next death; null: for good. */
  downFor(ms: number | null): void
  /** Stops it cleanly, and starts it again after `ms`; null: never. False if it died meanwhile. */
  stop(ms: number | null): Promise<boolean>
}

/** How long it takes to start the gateway again. */
const usualMs = 2_000

export interface HostOptions {
  /** @throws whatever kept it from starting: its process ends then */
  readonly start: (life: Life) => Promise<Gateway>
  readonly time: Time
  readonly trace: Trace
  /** Told when it serves. */
  readonly onServing: () => void
  /** Told of each clean stop, and how long it took. */
  readonly onStopped: (gateway: Gateway, ms: number) => void
}

export function createHost({ start, time, trace, onServing, onStopped }: HostOptions): Host {
  let life: Life | null = null
  let gateway: Gateway | null = null
  let gone = false
  let starts = 0
  let downMs: number | null = usualMs

  function begin(): void {
    starts += 1
    const begun = createLife()
    life = begun
    trace.line('gateway', 'starts')
    start(begun).then(
      (started) => {
        if (begun.dead) return
        gateway = started
        onServing()
      },
      (error: unknown) => {
        // The program ends with a sentence, and whoever runs it starts it again.
        trace.line('gateway', `cannot start: ${error instanceof Error ? error.message : String(error)}`)
        begun.kill()
      },
    )
    void begun.died.then(() => {
      if (life !== begun) return // It had been stopped.
      trace.line('gateway', 'died')
      beginAgain(downMs)
      downMs = usualMs
    })
  }

  function beginAgain(ms: number | null): void {
    life = null
    gateway = null
    if (ms === null) gone = true
    else time.after(ms, begin)
  }

  begin()
  return {
    get life() {
      return life
    },
    get gateway() {
      return gateway
    },
    get gone() {
      return gone
    },
    get starts() {
      return starts
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
      onStopped(stopped, time.now() - begun)
      beginAgain(ms)
      stopped.life.kill()
      return true
    },
  }
}

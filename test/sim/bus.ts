import type { Broadcast, BroadcastOptions } from '../../src/events/broadcast.ts'
import type { Random } from '../support/random.ts'
import type { Life } from './life.ts'
import type { Time, Trace } from './time.ts'

/** What the bus does wrong from now on. */
export type BusTrouble =
  | 'none'
  /** Nobody can send, and nobody hears. */
  | 'away'
  /** What is sent is heard by nobody, and no connection says so. */
  | 'deaf'

/** What tells the gateways of each other's changes. */
export interface Bus {
  trouble: BusTrouble
  /** The bus as a process has it. */
  openFor(life: Life): (options: BroadcastOptions) => Broadcast
}

interface Listener {
  readonly life: Life
  readonly hear: (message: unknown) => void
  connected: boolean
  /** What comes to one connection comes in order. */
  nextAt: number
}

/** A connection that is dead without a word is found to be so within this time. */
const pulseMs = 10_000
const retryMs = 1_000

/** @param maxBytes the largest message: what is larger is told by its id */
export function createBus(options: {
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
  readonly maxBytes: number
}): Bus {
  const { time, random, trace, maxBytes } = options
  const listeners = new Set<Listener & { readonly lose: () => void }>()
  let trouble: BusTrouble = 'none'

  function deliver(text: string): void {
    for (const listener of listeners) {
      if (!listener.connected) continue
      listener.nextAt = Math.max(listener.nextAt, time.now() + random.whole(1, 15))
      time.after(listener.nextAt - time.now(), () => {
        if (listener.connected) listener.life.reach(() => listener.hear(JSON.parse(text)))
      })
    }
  }

  function open(life: Life, { onError, onGap }: BroadcastOptions): Broadcast {
    let closed = false
    const leave: (() => void)[] = []
    const fail = (words: string) => life.reach(() => closed || onError(new Error(words)))

    function listen(hear: (message: unknown) => void): void {
      function comeBack(): void {
        if (life.dead || closed) return
        if (trouble === 'none') {
          listener.connected = true
          life.reach(() => closed || onGap())
        } else {
          fail('the bus does not answer')
          time.after(retryMs, comeBack)
        }
      }
      const listener = {
        life,
        hear,
        connected: true,
        nextAt: 0,
        lose() {
          listener.connected = false
          time.after(random.whole(1, pulseMs), () => {
            fail('the connection that listens was lost')
            time.after(retryMs, comeBack)
          })
        },
      }
      listeners.add(listener)
      leave.push(() => listeners.delete(listener))
      void life.died.then(() => listeners.delete(listener))
    }

    return {
      place: 'bus.test',
      maxBytes,
      async send(text) {
        await life.guard(time.sleep(random.whole(1, 15)))
        await life.cross(() => {
          trace.line('bus', trouble)
          if (trouble === 'away') throw new Error('the bus does not answer')
          deliver(text)
        })
        await life.guard(time.sleep(random.whole(1, 15)))
      },
      async listen(hear) {
        await life.guard(time.sleep(random.whole(1, 15)))
        if (trouble !== 'none') throw new Error('the bus does not answer')
        listen(hear)
      },
      async close() {
        closed = true
        for (const act of leave) act()
      },
    }
  }

  return {
    get trouble() {
      return trouble
    },
    set trouble(next) {
      if (next !== 'none' && trouble === 'none') {
        for (const listener of listeners) if (listener.connected) listener.lose()
      }
      trouble = next
    },
    openFor: (life) => (given) => open(life, given),
  }
}

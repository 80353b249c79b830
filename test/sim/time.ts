import { createHash } from 'node:crypto'
import TinyQueue from 'tinyqueue'

/** Time that passes only when the simulator says so. */
export interface Time {
  /** Milliseconds since 1970, by a clock that is always right. */
  now(): number
  /** Runs `run` in `ms`; answers a function that calls it off. */
  after(ms: number, run: () => void): () => void
  sleep(ms: number): Promise<void>
  /** Runs what falls due, in order, until `done` holds or `end` is reached; answers whether `done` held. */
  run(end: number, done: () => boolean): Promise<boolean>
  /** What ran since the beginning. */
  readonly events: number
}

interface Entry {
  readonly at: number
  /** Ties are broken by the order in which they were set. */
  readonly order: number
  run: (() => void) | null
}

export function createTime(start: number): Time {
  let now = start
  let order = 0
  let events = 0
  const due = new TinyQueue<Entry>([], (one, other) => one.at - other.at || one.order - other.order)

  function after(ms: number, run: () => void): () => void {
    order += 1
    // As `setTimeout` has it: whole milliseconds, and never at once.
    const entry: Entry = { at: now + Math.max(Math.ceil(ms), 1), order, run }
    due.push(entry)
    return () => {
      entry.run = null
    }
  }

  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    async run(end, done) {
      await settle()
      while (!done()) {
        const next = due.peek()
        if (!next || next.at > end) {
          now = Math.max(now, end)
          return false
        }
        due.pop()
        if (next.run === null) continue
        now = next.at
        events += 1
        next.run()
        await settle()
      }
      return true
    },
    get events() {
      return events
    },
  }
}

/** Every promise that can go on has gone on once the next turn of the event loop begins: nothing here waits for more. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What happened, in order: for people, and as one hash by which two runs are compared. */
export interface Trace {
  line(who: string, what: string): void
  hash(): string
}

export function createTrace(time: Pick<Time, 'now'>, print: ((line: string) => void) | null): Trace {
  const begun = time.now()
  const hash = createHash('sha256')
  return {
    line(who, what) {
      const line = `${((time.now() - begun) / 1_000).toFixed(3)} ${who} ${what}`
      hash.update(`${line}\n`)
      print?.(line)
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
  }
}

import TinyQueue from 'tinyqueue'
import type { Clock } from '../jobs/clock.ts'
import type { StepQueue } from '../jobs/queue.ts'

/** The longest single timer: setTimeout overflows at 2^31 ms, and a clock that is set forward is noticed in time. */
const longestTimer = 60_000 // 1 minute

interface Entry {
  readonly key: string
  readonly at: number
  /** When it was put in. */
  readonly since: number
}

const inOrder = (a: Entry, b: Entry) => a.at - b.at

/**
 * The queue of one process: a heap of due times and one timer for its head, however many jobs wait. It keeps
 * nothing over a restart; the engine schedules every unfinished job anew from the rows.
 *
 * @param atOnce steps that run at the same time; the others wait their turn, in order of their due time
 */
export function createEmbeddedQueue(clock: Clock, atOnce = 256): StepQueue & { readonly size: number } {
  let heap = new TinyQueue<Entry>([], inOrder)
  /** The valid entry of each key; one in the heap that is not here was superseded. */
  const due = new Map<string, Entry>()
  const running = new Map<string, Promise<void>>()
  let run: ((key: string) => Promise<number | null>) | null = null
  let cancelTimer: (() => void) | null = null
  let timerAt = Number.POSITIVE_INFINITY
  let stopped = false
  let lastNow = Number.NEGATIVE_INFINITY

  /** The time now. If the clock was set back, the pauses of what waits count anew from now, or they would last as long. */
  function readClock(): number {
    const now = clock.now()
    if (now < lastNow) {
      for (const [key, { at, since }] of due) {
        if (since > now) due.set(key, { key, at: now + Math.max(at - since, 0), since: now })
      }
      heap = new TinyQueue([...due.values()], inOrder)
      cancelTimer?.()
      cancelTimer = null
      timerAt = Number.POSITIVE_INFINITY
    }
    lastNow = now
    return now
  }

  function schedule(key: string, at: number): void {
    if (stopped) return
    const now = readClock()
    const before = due.get(key)
    if (!before || before.at > at) {
      const entry = { key, at, since: now }
      due.set(key, entry)
      heap.push(entry)
    }
    arm()
  }

  /** Sets the timer for the earliest entry; runs nothing itself, so `schedule` never re-enters a step. */
  function arm(): void {
    if (!run || stopped || running.size >= atOnce) return
    let head = heap.peek()
    while (head && due.get(head.key) !== head) {
      heap.pop()
      head = heap.peek()
    }
    if (!head || head.at >= timerAt) return
    cancelTimer?.()
    timerAt = head.at
    cancelTimer = clock.after(Math.min(Math.max(head.at - clock.now(), 0), longestTimer), wake)
  }

  function wake(): void {
    cancelTimer = null
    timerAt = Number.POSITIVE_INFINITY
    const now = readClock()
    for (let head = heap.peek(); head && head.at <= now && running.size < atOnce; head = heap.peek()) {
      heap.pop()
      if (due.get(head.key) !== head) continue
      // A key that is running keeps its entry in `due`; the end of the step brings it back.
      if (!running.has(head.key)) take(head.key)
    }
    arm()
  }

  function take(key: string): void {
    due.delete(key)
    const step = (run?.(key) ?? Promise.resolve(null)).then((next) => {
      running.delete(key)
      const waiting = due.get(key)
      if (waiting) heap.push(waiting)
      if (next !== null) schedule(key, next)
      arm()
    })
    running.set(key, step)
  }

  async function stop(): Promise<void> {
    stopped = true
    cancelTimer?.()
    cancelTimer = null
    due.clear()
    await Promise.allSettled(running.values())
  }

  return {
    start(handler) {
      run = handler
      arm()
    },
    schedule,
    get size() {
      return due.size + running.size
    },
    // There is nobody else: what would be scheduled meanwhile comes from the rows at the next start.
    pause: stop,
    stop,
  }
}

/** The limits of one account: accepted submits per sliding minute, and tasks at once. */
export interface Limits {
  /** Whether a submit at `now` would exceed the rate; asking does not count it. */
  exceedsRate(now: number): boolean
  /** Tasks that are accepted and not finished, waiting ones included. */
  unfinished(now: number): number
  /** Whether another task at `now` finds no free slot. */
  isFull(now: number): boolean
  /** Takes a slot for `ms` from the moment one is free, and says when that is. */
  take(now: number, ms: number): { start: number; end: number }
  /** Counts a task of an earlier run, with the slot that it has until `end`. */
  restore(acceptedAt: number, end: number): void
}

const minute = 60_000

/**
 * Since every task's length is known when it is accepted, the moment a slot frees is known too: nothing has to run
 * while tasks wait. A task that never ends (`ms` infinite) keeps its slot for good.
 */
export function createLimits(videosPerMinute: number, concurrency: number): Limits {
  let accepted: number[] = []
  let ends: number[] = [] // sorted; one per unfinished task

  const prune = (now: number) => {
    if ((accepted[0] ?? now) <= now - minute) accepted = accepted.filter((at) => at > now - minute)
    if ((ends[0] ?? Number.POSITIVE_INFINITY) <= now) ends = ends.slice(firstAfter(ends, now))
  }

  return {
    exceedsRate(now) {
      prune(now)
      return accepted.length >= videosPerMinute
    },
    unfinished(now) {
      prune(now)
      return ends.length
    },
    isFull(now) {
      prune(now)
      return ends.length >= concurrency
    },
    take(now, ms) {
      prune(now)
      accepted.push(now)
      // With n unfinished tasks, the next one starts when all but `concurrency - 1` of them have ended.
      const start = ends.length < concurrency ? now : (ends[ends.length - concurrency] ?? now)
      const end = start + ms
      ends.splice(firstAfter(ends, end), 0, end)
      return { start, end }
    },
    restore(acceptedAt, end) {
      accepted.push(acceptedAt)
      ends.splice(firstAfter(ends, end), 0, end)
    },
  }
}

/** Index of the first number above `value` in a sorted list. */
function firstAfter(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? value) > value) high = middle
    else low = middle + 1
  }
  return low
}

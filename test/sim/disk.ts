import type { HistoryFault, HistoryUnavailableError } from '../../src/errors.ts'
import type { Job, Transition } from '../../src/jobs/job.ts'
import type { Decide } from '../../src/jobs/store.ts'
import type { JobStore } from '../../src/jobs/work.ts'
import type { Random } from '../support/random.ts'
import type { Life } from './life.ts'
import type { Time, Trace } from './time.ts'

/** What the history is told to do wrong from now on. */
export type DiskTrouble =
  | 'none'
  /** Another program holds the file. */
  | 'busy'
  /** It can be read but not written. */
  | 'full'
  /** Writes are done, and every second one's answer is lost. */
  | 'lost-answers'
  /** Nothing works. */
  | 'broken'

/** Told of everything that is in the history from now on, whether or not whoever wrote it lived to know. */
export interface CommitObserver {
  inserted(job: Job): void
  /** @param words the sentence of the timeline */
  changed(before: Job, after: Job, words: string): void
  removed(job: Job): void
  /** A submission is noted to be leaving. */
  marked(jobId: string): void
}

export interface Disk {
  trouble: DiskTrouble
  /** The history as a process has it. */
  storeOf(life: Life): JobStore
}

const writes: readonly (keyof JobStore)[] = [
  'insert',
  'change',
  'claim',
  'advance',
  'take',
  'finish',
  'renew',
  'put',
  'markSent',
  'settle',
  'repair',
  'bringForward',
  'spread',
  'release',
  'prune',
  'remove',
  'checkWritable',
]

/**
 * A real store behind a disk that fails. With `distant` every answer takes its time, as that of a database elsewhere: what
 * must be awaited and is not shows there, and a decision is asked for twice, as by a transaction that is repeated.
 */
export function createDisk(options: {
  readonly store: JobStore
  readonly distant: boolean
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
  readonly observer: CommitObserver
  readonly Unavailable: new (fault: HistoryFault) => HistoryUnavailableError
}): Disk {
  const { store, distant, time, random, trace, observer, Unavailable } = options
  const disk: Disk = { trouble: 'none', storeOf }

  /** The fault of this call, and whether the work is done nevertheless. */
  function faultOf(method: keyof JobStore): { readonly fault: HistoryFault; readonly done: boolean } | null {
    const isWrite = writes.includes(method)
    switch (disk.trouble) {
      case 'none':
        return null
      case 'busy':
        return isWrite ? { fault: 'busy', done: false } : null
      case 'full':
        return isWrite ? { fault: 'full', done: false } : null
      case 'lost-answers':
        return isWrite && random.chance(0.5) ? { fault: 'broken', done: true } : null
      case 'broken':
        return { fault: 'broken', done: false }
    }
  }

  function perform(method: keyof JobStore, act: () => unknown): unknown {
    const trouble = faultOf(method)
    if (trouble === null) return act()
    trace.line('disk', `${method} ${disk.trouble}`)
    if (trouble.done) act()
    throw new Unavailable(trouble.fault)
  }

  function storeOf(life: Life): JobStore {
    const methods = Object.entries(observed(store, observer, distant)).map(
      ([name, member]: [string, unknown]) => {
        if (typeof member !== 'function') return [name, member]
        const method = name as keyof JobStore // A store has methods only.
        const atOnce = (...args: unknown[]) => life.cross(() => perform(method, () => member(...args)))
        const later = async (...args: unknown[]) => {
          await life.guard(time.sleep(random.whole(1, 15)))
          const answer = await atOnce(...args)
          await life.guard(time.sleep(random.whole(1, 15)))
          return answer
        }
        return [name, distant ? later : atOnce]
      },
    )
    return Object.fromEntries(methods) as JobStore // Each is the one of that name.
  }

  return disk
}

/** The store, which tells the observer what it commits. */
function observed(store: JobStore, observer: CommitObserver, twice: boolean): JobStore {
  function watch(decide: Decide) {
    let before: Job | null = null
    let made: Transition | null = null
    return {
      decide: ((job) => {
        before = job
        if (twice) decide(job)
        made = decide(job)
        return made
      }) satisfies Decide,
      /** What was decided last holds from now on. */
      committed() {
        if (before && made) observer.changed(before, made.job, made.entry.message)
      },
    }
  }
  // The store in the simulator is the embedded one, which answers at once: what is observed is what was committed.
  const now = <T>(value: T | Promise<T>): T => value as T
  return {
    ...store,
    insert(job, entry) {
      const holder = now(store.insert(job, entry))
      if (holder === null) observer.inserted(job)
      return holder
    },
    change(id, decide) {
      const watched = watch(decide)
      const change = now(store.change(id, watched.decide))
      watched.committed()
      return change
    },
    claim(request) {
      const watched = watch(request.decide)
      const claim = now(store.claim({ ...request, decide: watched.decide }))
      watched.committed()
      return claim
    },
    advance(id, decide) {
      const watched = watch(decide)
      const change = now(store.advance(id, watched.decide))
      watched.committed()
      return change
    },
    markSent(id, attempt, at) {
      const marked = now(store.markSent(id, attempt, at))
      if (marked) observer.marked(id)
      return marked
    },
    remove(id, allowed) {
      const job = now(store.remove(id, allowed))
      if (job) observer.removed(job)
      return job
    },
  }
}

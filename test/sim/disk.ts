import { type Around, aroundEach, aroundHistory, writing } from '../../src/db/around.ts'
import type { HistoryFault, HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import type { Job, Transition } from '../../src/jobs/job.ts'
import type { Decide } from '../../src/jobs/store.ts'
import type { History } from '../../src/jobs/work.ts'
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
  /** A job was started by a process whose clock says `now`, while this held submissions up. */
  started(job: Job, held: readonly HeldPlace[], now: number): void
}

/** A hold as its row says: of all where the place is no model. */
export interface HeldPlace {
  readonly place: string
  readonly until: number
  readonly tried_by: string | null
  readonly tried_until: number | null
}

export interface Disk {
  trouble: DiskTrouble
  /** How the next process dies that has claimed a job to try a hold; null: none does. */
  endsTry: { readonly crossings: number; readonly side: 'before' | 'after' } | null
  /** The history as a process has it. */
  historyOf(life: Life): History
}

/**
 * A real history behind a disk that fails. With `distant` every answer takes its time, as that of a database elsewhere: what
 * must be awaited and is not shows there, and a decision is asked for twice, as by a transaction that is repeated.
 */
export function createDisk(options: {
  readonly history: History
  readonly holds: () => readonly HeldPlace[]
  readonly distant: boolean
  readonly time: Time
  readonly random: Random
  readonly trace: Trace
  readonly observer: CommitObserver
  readonly Unavailable: new (fault: HistoryFault) => HistoryUnavailableError
}): Disk {
  const { history, holds, distant, time, random, trace, observer, Unavailable } = options
  /** Of those who only read along: they neither move what the others draw, nor when a process dies. */
  const aloof = random.fork('readers')
  const disk: Disk = { trouble: 'none', endsTry: null, historyOf }

  /** The fault of this call, and whether the work is done nevertheless. */
  function faultOf(method: string): { readonly fault: HistoryFault; readonly done: boolean } | null {
    const isWrite = writing.has(method)
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

  async function perform(method: string, act: () => Promise<unknown>): Promise<unknown> {
    const trouble = faultOf(method)
    if (trouble === null) return act()
    trace.line('disk', `${method} ${disk.trouble}`)
    if (trouble.done) await act()
    throw new Unavailable(trouble.fault)
  }

  function endTry(life: Life, jobs: readonly Job[]): void {
    if (disk.endsTry === null || !holds().some((held) => jobs.some(({ id }) => id === held.tried_by))) return
    life.light(disk.endsTry.crossings, disk.endsTry.side)
    disk.endsTry = null
  }

  /** A call that takes its time where the history is elsewhere. */
  function taking(act: (...args: unknown[]) => Promise<unknown>, life: Life, by: Random) {
    if (!distant) return act
    return async (...args: unknown[]) => {
      await life.guard(time.sleep(by.whole(1, 15)))
      const answer = await act(...args)
      await life.guard(time.sleep(by.whole(1, 15)))
      return answer
    }
  }

  function historyOf(life: Life): History {
    const seen = observed(history, { observer, holds, onClaimed: (jobs) => endTry(life, jobs) }, distant)
    const around: Around = (method, call) =>
      taking(async (...args) => life.cross(() => perform(method, () => call(...args))), life, random)
    const aside: Around = (method, call) =>
      taking((...args) => life.guard(perform(method, () => call(...args))), life, aloof)
    const there = aroundHistory(seen, around)
    return {
      ...there,
      for(tenant) {
        const { latestChange, changesAfter, page } = seen.for(tenant)
        return { ...there.for(tenant), ...aroundEach({ latestChange, changesAfter, page }, aside) }
      },
    }
  }

  return disk
}

/** The history, which tells the observer what it commits: before whoever asked for it hears of it. */
function observed(
  history: History,
  {
    observer,
    holds,
    onClaimed,
  }: {
    readonly observer: CommitObserver
    readonly holds: () => readonly HeldPlace[]
    readonly onClaimed: (jobs: readonly Job[]) => void
  },
  twice: boolean,
): History {
  /** Asks for a change with a decision that is watched. What was decided last holds once it is answered. */
  async function watching<T>(decide: Decide, ask: (decide: Decide) => Promise<T>): Promise<T> {
    let before: Job | null = null
    let made: Transition | null = null
    const answer = await ask((job) => {
      before = job
      if (twice) decide(job)
      made = decide(job)
      return made
    })
    const [known, change] = [before as Job | null, made as Transition | null]
    if (known && change) observer.changed(known, change.job, change.entry.message)
    return answer
  }
  const { work } = history
  let words: readonly string[] = []
  return {
    ...history,
    for(tenant) {
      const those = history.for(tenant)
      return {
        ...those,
        async insert(job, entry) {
          const holder = await those.insert(job, entry)
          if (holder === null) observer.inserted(job)
          return holder
        },
        change: (id, decide) => watching(decide, (watched) => those.change(id, watched)),
        async remove(id, allowed, now) {
          const job = await those.remove(id, allowed, now)
          if (job) observer.removed(job)
          return job
        },
      }
    },
    work: {
      ...work,
      change: (id, decide) => watching(decide, (watched) => work.change(id, watched)),
      async claim(request) {
        const held = holds() // Nothing comes between this and the claim.
        const before = new Map<string, Job>()
        const claim = await work.claim({
          ...request,
          decide(job) {
            before.set(job.id, job)
            if (twice) request.decide(job)
            return request.decide(job)
          },
        })
        const claimed = claim.kind === 'claimed' ? claim.transitions : []
        onClaimed(claimed.map(({ job }) => job))
        for (const { job, entry } of claimed) {
          const known = before.get(job.id)
          if (known) observer.changed(known, job, entry.message)
          observer.started(job, held, request.now)
        }
        return claim
      },
      async correct(id, predictionId, decide) {
        const corrected = await work.correct(id, predictionId, (own, holder) => {
          if (twice) decide(own, holder)
          const made = decide(own, holder)
          words = [made?.own.entry.message ?? '', made?.holder?.entry.message ?? '']
          return made
        })
        for (const [index, change] of [corrected?.own, corrected?.holder].entries())
          if (change?.after) observer.changed(change.before, change.after, words[index] ?? '')
        return corrected
      },
      advance: (id, decide) => watching(decide, (watched) => work.advance(id, watched)),
      withdraw: (id, attempt, decide) => watching(decide, (watched) => work.withdraw(id, attempt, watched)),
      async markSent(id, attempt, at) {
        const marked = await work.markSent(id, attempt, at)
        if (marked) observer.marked(id)
        return marked
      },
    },
  }
}

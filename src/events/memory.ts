import type { JobEvents, JobStream } from '../jobs/events.ts'
import type { Job } from '../jobs/job.ts'
import { StreamTooSlowError } from './error.ts'

/**
 * How many changes wait for one reader. A job has about six in its life, so a reader of one job that keeps up sees
 * each; a reader further behind is told the newest state of each job.
 */
const mailboxSize = 64

/** A stream over all jobs whose reader is this many jobs behind is cut, so that it starts afresh from the rows. */
const largestBacklog = 10_000

/** The event bus of one process. */
export function createMemoryEvents(): JobEvents & {
  /** Open streams; 0 when every reader has left. */
  readonly listeners: number
  /** Ends every stream as a broken one: readers come back and are told the state as it stands. */
  close(reason: Error): void
} {
  const byJob = new Map<string, Set<Mailbox>>()
  const all = new Set<Mailbox>()
  const subscribers: ((job: Job) => void)[] = []

  function ofJob(id: string): JobStream {
    const readers = byJob.get(id) ?? new Set()
    byJob.set(id, readers)
    const mailbox = createMailbox(() => {
      readers.delete(mailbox)
      if (readers.size === 0) byJob.delete(id)
    })
    readers.add(mailbox)
    return mailbox.stream
  }

  function ofAll(wanted?: (job: Job) => boolean): JobStream {
    const mailbox = createMailbox(() => all.delete(mailbox), wanted)
    all.add(mailbox)
    return mailbox.stream
  }

  return {
    subscribe(hear) {
      subscribers.push(hear)
    },
    publish(job) {
      for (const hear of subscribers) hear(job)
      for (const mailbox of byJob.get(job.id) ?? []) mailbox.put(job)
      for (const mailbox of all) mailbox.put(job)
    },
    ofJob,
    ofAll,
    get listeners() {
      return all.size + [...byJob.values()].reduce((sum, readers) => sum + readers.size, 0)
    },
    close(reason) {
      for (const mailbox of [...all, ...[...byJob.values()].flatMap((readers) => [...readers])]) {
        mailbox.fail(reason)
      }
    },
  }
}

interface Mailbox {
  readonly stream: JobStream
  put(job: Job): void
  fail(reason: Error): void
}

/**
 * One reader's queue of changes, bounded. It holds either every change in the order of publishing, or, from the moment
 * the reader fell behind until it has caught up, one entry for each job: in neither can an older state of a job stand
 * behind a newer one.
 */
function createMailbox(onLeave: () => void, wanted: (job: Job) => boolean = () => true): Mailbox {
  // A Map keeps its order, and replacing a job's newest state in it costs the same however long it is. The keys are
  // versions of jobs while every change is kept, and jobs while only the newest is.
  let waiting = new Map<string, Job>()
  let behind = false
  let wake: (() => void) | null = null
  let failure: Error | null = null
  let left = false

  function leave(): void {
    if (left) return
    left = true
    waiting.clear()
    onLeave()
    wake?.()
  }

  const stream: JobStream = {
    async next() {
      for (;;) {
        for (const [key, job] of waiting) {
          waiting.delete(key)
          if (waiting.size === 0) behind = false
          return { done: false, value: job }
        }
        if (failure) throw failure
        if (left) return { done: true, value: undefined }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        wake = null
      }
    },
    async return() {
      leave()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => stream,
  }

  return {
    stream,
    put(job) {
      if (!wanted(job)) return
      if (!behind && waiting.size === mailboxSize) {
        behind = true
        waiting = newestOfEach(waiting.values())
      }
      waiting.set(behind ? job.id : `${job.id} ${job.version}`, job)
      if (waiting.size > largestBacklog) {
        failure = new StreamTooSlowError()
        leave()
        return
      }
      wake?.()
    },
    fail(reason) {
      failure = reason
      leave()
    },
  }
}

function newestOfEach(changes: Iterable<Job>): Map<string, Job> {
  const newest = new Map<string, Job>()
  for (const job of changes) newest.set(job.id, job)
  return newest
}

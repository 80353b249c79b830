import type { Job, JobEvents, JobStream } from '../jobs/ports.ts'

/**
 * How many changes wait for one reader. A job has about six in its life, so a reader of one job that keeps up sees
 * each; beyond it only the newest state of each job is kept.
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

  function ofJob(id: string): JobStream {
    const readers = byJob.get(id) ?? new Set()
    byJob.set(id, readers)
    const mailbox = createMailbox(() => {
      readers.delete(mailbox)
      if (readers.size === 0 && byJob.get(id) === readers) byJob.delete(id)
    })
    readers.add(mailbox)
    return mailbox.stream
  }

  function ofAll(): JobStream {
    const mailbox = createMailbox(() => all.delete(mailbox))
    all.add(mailbox)
    return mailbox.stream
  }

  return {
    publish(job) {
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

/** One reader's queue of changes: in order, bounded, and of a slow reader's jobs only the newest state. */
function createMailbox(onLeave: () => void): Mailbox {
  // A Map keeps its order, and replacing a job's newest state in it costs the same however long it is.
  const waiting = new Map<string, Job>()
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
      if (left) return
      waiting.set(waiting.size < mailboxSize ? `${job.id} ${job.version}` : job.id, job)
      if (waiting.size > largestBacklog) {
        failure = new Error(
          'This stream fell too far behind; subscribe again to read the state as it stands.',
        )
        leave()
        return
      }
      wake?.()
    },
    fail(reason) {
      if (left) return
      failure = reason
      leave()
    },
  }
}

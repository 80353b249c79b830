import type { Clock } from '../jobs/clock.ts'
import { createPauses } from '../jobs/pauses.ts'
import type { JobWork, WorkKind } from '../jobs/work.ts'
import type { Logger } from '../log.ts'
import type { Leases } from './lease.ts'

/** What came of work, until the rows have it. */
export interface Results {
  /** When it is due again; null if nothing more is to be done. */
  add(jobId: string, at: number | null): void
  /** Resolves when everything is given back, or cannot be. */
  stop(): Promise<void>
}

/** A history that did not take what was given back is asked again after so long. */
const retryMs = 1_000 // 1 second

/** Gives back what has ended with one statement, however much it is, and lets go of its leases then. */
export function createResults(options: {
  readonly work: Pick<JobWork, 'finish'>
  readonly kind: WorkKind
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
  readonly leases: Pick<Leases, 'owner' | 'drop'>
  /** Told when the first of what was given back is due again. */
  readonly onDue: (at: number) => void
}): Results {
  const { work, kind, clock, log, leases, onDue } = options
  const pauses = createPauses(clock)
  /** When each is due again. */
  let results = new Map<string, number | null>()
  let flushing: Promise<void> | null = null
  let stopping = false

  async function flush(): Promise<void> {
    while (results.size > 0) {
      await pauses.pause(0) // What ends together is given back together.
      const given = results
      results = new Map()
      try {
        const finished = [...given].map(([id, at]) => ({ id, at }))
        await work.finish(kind, leases.owner, finished)
      } catch (error) {
        results = new Map([...given, ...results])
        // The lease ends by itself.
        if (stopping) return
        log.debug({ err: error, kind }, 'what was done cannot be given back, trying again')
        await pauses.pause(retryMs)
        continue
      }
      for (const id of given.keys()) if (!results.has(id)) leases.drop(id)
      const times = [...given.values()].filter((at) => at !== null)
      if (times.length > 0) onDue(Math.min(...times))
    }
  }

  return {
    add(jobId, at) {
      results.set(jobId, at)
      flushing ??= flush().finally(() => {
        flushing = null
      })
    },
    async stop() {
      stopping = true
      pauses.end()
      while (flushing) await flushing
    },
  }
}

import type { Clock } from '../jobs/clock.ts'
import type { Job } from '../jobs/job.ts'
import type { Pauses } from '../jobs/pauses.ts'
import type { JobEvent } from '../jobs/state.ts'
import type { Logger } from '../log.ts'
import type { Loop } from './loop.ts'
import type { Submissions } from './submit.ts'

/** After a history that did not take what became of a submission. */
const faultPauseMs = 10_000 // 10 seconds

/** The submissions under way. What became of a POST is known in this process only: it is written here, however long that takes. */
export interface Sending {
  readonly size: number
  /** Sends a job that was just claimed; `onEnd` is called once it is given back. */
  begin(job: Job, onEnd: () => void): void
  /** Waits for all of them. */
  end(): Promise<void>
}

export function createSending(options: {
  readonly submissions: Submissions
  readonly loop: Pick<Loop, 'hold' | 'giveBack'>
  readonly pauses: Pauses
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  /** Whether to try no longer to write what cannot be written. */
  readonly isStopping: () => boolean
}): Sending {
  const { submissions, loop, pauses, clock, log, isStopping } = options
  const running = new Set<Promise<void>>()
  /** The attempt of each job that this process sends, by the version that its claim made. */
  const attempts = new Map<string, number>()

  async function send(job: Job): Promise<void> {
    let event: JobEvent | null = null
    for (;;) {
      try {
        event ??= await submissions.send(job)
        return giveBack(job, await submissions.record(job, event))
      } catch (error) {
        log.error({ err: error, step: job.id }, 'recording a submission failed, trying again')
        // The row says SUBMITTING: whoever comes to it searches for the task, and nothing is sent again.
        if (isStopping() || event === null) return giveBack(job, clock.now())
        await pauses.pause(faultPauseMs)
      }
    }
  }

  /** An attempt that was written, unanswered, and followed by another one has nothing to give back: that one has. */
  function giveBack({ id, version }: Job, at: number | null): void {
    if (attempts.get(id) !== version) return
    attempts.delete(id)
    loop.giveBack(id, at)
  }

  return {
    get size() {
      return running.size
    },
    begin(job, onEnd) {
      loop.hold(job.id)
      attempts.set(job.id, job.version)
      const sent: Promise<void> = send(job).finally(() => {
        running.delete(sent)
        onEnd()
      })
      running.add(sent)
    },
    async end() {
      await Promise.all(running)
    },
  }
}

import type { Logger } from '../log.ts'
import { type Billed, jobErrors } from './failure.ts'
import type { Job } from './job.ts'
import { isTerminal } from './state.ts'

/** The lines of a job's life in the log: recorded, sent, ended. Each is written once, after the commit. */
export interface JobLines {
  recorded(job: Job): void
  changed(before: Job, after: Job): void
}

export function createJobLines(log: Logger): JobLines {
  return {
    recorded({ id, model, retryOf }) {
      log.info({ jobId: id, state: 'QUEUED', model, ...(retryOf && { retryOf }) }, 'job recorded')
    },
    changed(before, after) {
      const { id, state, predictionId, createdAt, updatedAt, error } = after
      const ms = Math.max(updatedAt - createdAt, 0)
      if (before.predictionId === null && predictionId !== null) {
        log.info({ jobId: id, state, predictionId, ms }, 'job sent')
      }
      if (isTerminal(before.state) || !isTerminal(state)) return
      log.info(
        { jobId: id, state, ...(error && { code: error.code }), billed: billedOf(after), ms },
        'job ended',
      )
    },
  }
}

/** Whether the vendor charged for a job that ended, as far as that can be told. */
function billedOf({ state, error, submittedAt, predictionId }: Job): Billed {
  if (error) return jobErrors[error.code].billed
  if (state === 'COMPLETED' || predictionId !== null) return 'YES'
  return submittedAt === null ? 'NO' : 'UNKNOWN'
}

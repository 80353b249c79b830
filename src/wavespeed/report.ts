import { type JobErrorCode, jobErrors } from '../jobs/failure.ts'
import type { JobError, JobOutput } from '../jobs/job.ts'
import type { PredictionReport } from '../jobs/vendor.ts'
import type { Prediction } from './prediction.ts'

/** The vendor deletes a prediction and its outputs after seven days (wavespeed.ai/docs/what-are-predictions). */
const dayMs = 24 * 60 * 60_000
const retentionMs = 7 * dayMs

/** The documented statuses, and those that the vendor's example loops know besides; in any case. */
const phases: Readonly<Record<string, PredictionReport['phase']>> = {
  created: 'created',
  queued: 'created',
  starting: 'created',
  processing: 'processing',
  completed: 'completed',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
  canceled: 'failed',
  timeout: 'failed',
  deleted: 'failed',
}

/** Terminal statuses that say themselves why there will be no video. */
const failureByStatus: Readonly<Record<string, JobErrorCode>> = {
  cancelled: 'VENDOR_CANCELLED',
  canceled: 'VENDOR_CANCELLED',
  timeout: 'VENDOR_TIMEOUT',
  deleted: 'PREDICTION_DELETED',
}

/** Task codes (wavespeed.ai/docs/error-codes). */
const failureByCode: Readonly<Record<number, JobErrorCode>> = {
  1200: 'CONTENT_MODERATED',
  1400: 'INPUT_REFUSED',
  1401: 'INPUT_REFUSED',
  1402: 'MEDIA_UNREACHABLE',
  1407: 'INSUFFICIENT_CREDITS',
  5000: 'VENDOR_FAULT',
  5003: 'VENDOR_FAULT',
  5004: 'VENDOR_TIMEOUT',
}

/**
 * A prediction as a job needs it, from a poll, a list or a webhook. `now` dates outputs without a creation time that
 * makes sense.
 */
export function reportOf(prediction: Omit<Prediction, 'input'>, now: number): PredictionReport {
  const status = prediction.status.trim().toLowerCase()
  const phase = (Object.hasOwn(phases, status) ? phases[status] : undefined) ?? 'other'
  const completed = phase === 'completed'
  return {
    id: prediction.id,
    phase,
    status: prediction.status.slice(0, 64),
    outputs: completed ? outputsOf(prediction, now) : [],
    unusable: completed ? prediction.unusable : [],
    inferenceMs: prediction.inferenceMs,
    createdAt: prediction.createdAt,
    failure: phase === 'failed' ? failureOf(status, prediction) : null,
  }
}

function outputsOf(
  { createdAt, outputs }: Pick<Prediction, 'createdAt' | 'outputs'>,
  now: number,
): JobOutput[] {
  // What has outputs was made in the last seven days; a day more for clocks that differ.
  const isPlausible = createdAt !== null && createdAt >= now - retentionMs && createdAt <= now + dayMs
  const expiresAt = (isPlausible ? createdAt : now) + retentionMs
  return outputs.map((output) => ({ ...output, expiresAt }))
}

function failureOf(status: string, { code: number, error }: Pick<Prediction, 'code' | 'error'>): JobError {
  const code = failureByStatus[status] ?? failureByCode[number ?? 0] ?? 'TASK_FAILED'
  return { code, message: error?.slice(0, 500) || jobErrors[code].meaning }
}

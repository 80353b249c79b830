import { type JobErrorCode, jobErrors } from '../errors.ts'
import type { JobError, JobOutput, PredictionReport } from '../jobs/ports.ts'
import type { Prediction } from './client.ts'

/** The vendor deletes a prediction and its outputs after seven days (wavespeed.ai/docs/what-are-predictions). */
const dayMs = 24 * 60 * 60_000
const retentionMs = 7 * dayMs

const phases: Readonly<Record<string, PredictionReport['phase']>> = {
  created: 'created',
  processing: 'processing',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'failed',
  timeout: 'failed',
  deleted: 'failed',
}

/** Terminal statuses that say themselves why there will be no video. */
const failureByStatus: Readonly<Record<string, JobErrorCode>> = {
  cancelled: 'VENDOR_CANCELLED',
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
 * A prediction as the heart understands it, from a look or a webhook. `now` dates outputs without a creation time that
 * makes sense.
 */
export function reportOf(prediction: Prediction, now: number): PredictionReport {
  const phase = phases[prediction.status] ?? 'other'
  return {
    id: prediction.id,
    phase,
    status: prediction.status.slice(0, 64),
    outputs: phase === 'completed' ? outputsOf(prediction, now) : [],
    inferenceMs: prediction.timings?.inference ?? prediction.executionTime ?? null,
    failure: phase === 'failed' ? failureOf(prediction) : null,
  }
}

function outputsOf(prediction: Prediction, now: number): JobOutput[] {
  const createdAt = prediction.created_at ? Date.parse(prediction.created_at) : Number.NaN
  // What has outputs was made in the last seven days; a day more for clocks that differ. NaN is in no range.
  const isPlausible = createdAt >= now - retentionMs && createdAt <= now + dayMs
  const expiresAt = (isPlausible ? createdAt : now) + retentionMs
  return (prediction.outputs ?? []).flatMap((output, index) => {
    const url = typeof output === 'string' ? output : output['url']
    if (typeof url !== 'string' || !/^https?:\/\//.test(url)) return []
    return [{ url, nsfw: prediction.has_nsfw_contents?.[index] ?? null, expiresAt }]
  })
}

function failureOf(prediction: Prediction): JobError {
  const code = failureByStatus[prediction.status] ?? failureByCode[prediction.code ?? 0] ?? 'TASK_FAILED'
  return { code, message: prediction.error?.slice(0, 500) || jobErrors[code].meaning }
}

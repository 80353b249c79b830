import type { JobInput } from '../../src/jobs/input.ts'
import type { Job } from '../../src/jobs/job.ts'
import type { PredictionReport } from '../../src/jobs/vendor.ts'

export const sampleInput: JobInput = {
  video: 'https://example.com/clip.mp4',
  prompt: 'a fox in watercolour',
  negativePrompt: null,
  loras: [],
  numInferenceSteps: 30,
  duration: 5,
  strength: 0.9,
  guidanceScale: 5,
  flowShift: 3,
  seed: 42,
}

/** A job at version 1, waiting, unless `change` says otherwise. */
export function sampleJob(change: Partial<Job> = {}): Job {
  return {
    id: 'job_00000000000000000000000000',
    version: 1,
    state: 'QUEUED',
    model: 'wavespeed-ai/wan-2.1/v2v-480p-lora',
    input: sampleInput,
    seedDrawn: false,
    retryOf: null,
    idempotencyKey: null,
    callbackToken: null,
    createdAt: 1_000,
    updatedAt: 1_000,
    submittedAt: null,
    finishedAt: null,
    deadlineAt: null,
    predictionId: null,
    vendorStatus: null,
    outputs: [],
    archived: null,
    inferenceMs: null,
    error: null,
    runAt: 1_000,
    ...change,
  }
}

export function sampleReport(change: Partial<PredictionReport> = {}): PredictionReport {
  return {
    id: 'p1',
    phase: 'created',
    status: 'created',
    outputs: [],
    unusable: [],
    inferenceMs: null,
    failure: null,
    ...change,
  }
}

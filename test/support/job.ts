import type { JobInput } from '../../src/jobs/input.ts'
import type { Job } from '../../src/jobs/job.ts'
import { localTenant } from '../../src/jobs/tenant.ts'
import type { PredictionReport } from '../../src/jobs/vendor.ts'

export const sampleInput = {
  video: 'https://example.com/clip.mp4',
  prompt: 'a fox in watercolour',
  loras: [],
  num_inference_steps: 30,
  duration: 5,
  strength: 0.9,
  guidance_scale: 5,
  flow_shift: 3,
  seed: 42,
} satisfies JobInput

/** A job at version 1, waiting, unless `change` says otherwise. */
export function sampleJob(change: Partial<Job> = {}): Job {
  const { input = sampleInput } = change
  return {
    id: 'job_00000000000000000000000000',
    tenant: localTenant,
    version: 1,
    state: 'QUEUED',
    model: 'wavespeed-ai/wan-2.1/v2v-480p-lora',
    input,
    prompt: String(input['prompt'] ?? ''),
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
    estimate: null,
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
    createdAt: null,
    failure: null,
    ...change,
  }
}

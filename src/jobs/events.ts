import type { Job } from './job.ts'

/** A stream of changes; ends when the reader leaves it or the bus is closed. */
export type JobStream = AsyncIterableIterator<Job>

export interface JobEvents {
  publish(job: Job): void
  /** Tells of every change from now on, at once: `hear` must not throw. */
  subscribe(hear: (job: Job) => void): void
  /** Changes of one job from now on. */
  ofJob(id: string): JobStream
  /** Changes of every job from now on; with `wanted` only those it holds for, the others cost the stream nothing. */
  ofAll(wanted?: (job: Job) => boolean): JobStream
}

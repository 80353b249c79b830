import DataLoader from 'dataloader'
import type { Job, TimelineEntry } from '../jobs/job.ts'
import type { JobReader } from '../jobs/store.ts'

/** One statement for a field of many jobs, however many jobs a page holds. */
export interface Loaders {
  readonly timeline: DataLoader<string, readonly TimelineEntry[]>
  readonly queuePosition: DataLoader<string, number | null>
  readonly retries: DataLoader<string, readonly Job[]>
  readonly job: DataLoader<string, Job | null>
}

/**
 * They batch but do not cache: a subscription's context outlives the values.
 *
 * @param windowStart since when submissions count against the account's minute
 */
export function createLoaders(reader: JobReader, windowStart: () => number): Loaders {
  const options = { cache: false }
  return {
    timeline: new DataLoader(async (ids) => reader.timelines(ids), options),
    queuePosition: new DataLoader(async (ids) => reader.queuePositions(ids, windowStart()), options),
    retries: new DataLoader(async (ids) => reader.retries(ids), options),
    job: new DataLoader(async (ids) => reader.jobs(ids), options),
  }
}

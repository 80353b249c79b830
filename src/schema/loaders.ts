import DataLoader from 'dataloader'
import type { Job, TimelineEntry } from '../jobs/job.ts'
import type { JobReader, Shares } from '../jobs/store.ts'
import type { TenantUploads, Upload } from '../uploads/upload.ts'

/** One statement for a field of many jobs, however many jobs a page holds. */
export interface Loaders {
  readonly timeline: DataLoader<string, readonly TimelineEntry[]>
  readonly queuePosition: DataLoader<string, number | null>
  readonly retries: DataLoader<string, readonly Job[]>
  readonly job: DataLoader<string, Job | null>
  /** By where the vendor has it. */
  readonly upload: DataLoader<string, Upload | null>
}

/**
 * They batch but do not cache: a subscription's context outlives the values.
 *
 * @param shares by what the account's room is shared out just now
 */
export function createLoaders(
  reader: JobReader,
  uploads: Pick<TenantUploads, 'at'>,
  shares: () => Shares,
): Loaders {
  const options = { cache: false }
  return {
    timeline: new DataLoader(async (ids) => reader.timelines(ids), options),
    queuePosition: new DataLoader(async (ids) => reader.queuePositions(ids, shares()), options),
    retries: new DataLoader(async (ids) => reader.retries(ids), options),
    job: new DataLoader(async (ids) => reader.jobs(ids), options),
    upload: new DataLoader(async (urls) => uploads.at(urls), options),
  }
}

import { ExpectedError } from '../expected-error.ts'

/** The archive could not remove all of a job's kept outputs; the job was kept. */
export class ArchiveUnavailableError extends ExpectedError {
  readonly code = 'ARCHIVE_UNAVAILABLE'
}

import type { Archiver } from '../archive/archiver.ts'
import { ArchiveUnavailableError } from '../archive/error.ts'
import type { StoreHealth } from '../jobs/store.ts'
import type { TenantUploads, Upload } from '../uploads/upload.ts'
import { UploadNotFoundError } from './error.ts'

export interface RemoveUploadOptions {
  readonly history: Pick<StoreHealth, 'checkWritable'>
  /** Null where nothing is kept. */
  readonly archiver: Pick<Archiver, 'removeFiles'> | null
}

/** Removes an upload of a tenant: see `JobService.removeUpload`. */
export async function removeUpload(
  { history, archiver }: RemoveUploadOptions,
  uploads: Pick<TenantUploads, 'upload' | 'remove'> | undefined,
  id: string,
): Promise<Upload> {
  const upload = (await uploads?.upload(id)) ?? null
  if (upload === null) throw new UploadNotFoundError(id)
  if (upload.kept !== null) {
    if (archiver === null) {
      throw new ArchiveUnavailableError(
        'Its copy is in an archive that the gateway was started without, so it was kept. Set ARCHIVE_URL.',
      )
    }
    await history.checkWritable() // What the archive deletes cannot be brought back if the row has to stay.
    await archiver.removeFiles(id)
  }
  if (!(await uploads?.remove(id))) throw new UploadNotFoundError(id)
  return upload
}

import type { Archive } from './archive.ts'
import { createFolderArchive } from './folder.ts'
import type { S3Options } from './s3.ts'

export type ArchiveTarget =
  | { readonly kind: 'folder'; readonly path: string }
  | ({ readonly kind: 's3' } & S3Options)

/** The archive that the configuration names. Nothing is asked of it yet. */
export async function openArchive(target: ArchiveTarget): Promise<Archive> {
  if (target.kind === 'folder') return createFolderArchive(target.path)
  // Loaded only where it is used: the SDK is larger than the rest of the gateway.
  const { createS3Archive } = await import('./s3.ts')
  return createS3Archive(target)
}

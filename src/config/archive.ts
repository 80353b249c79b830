import { readFileUrl } from './path.ts'
import type { Reader } from './reader.ts'

export interface ArchiveConfig {
  /** Where outputs are kept; absent if they are not. */
  readonly archive?: {
    readonly target:
      | { readonly kind: 'folder'; readonly path: string }
      | {
          readonly kind: 's3'
          readonly bucket: string
          readonly prefix: string
          readonly region?: string
          readonly endpoint?: string
          readonly credentials?: {
            readonly accessKeyId: string
            readonly secretAccessKey: string
            readonly sessionToken?: string
          }
        }
    readonly maxBytes: number
    /** What draws posters, and the folders that are searched for it, as PATH has them. */
    readonly posters: { readonly program: string; readonly searchPath: string }
  }
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Where outputs are kept, if anywhere. */
export function readArchive(read: Reader, faults: string[]): ArchiveConfig['archive'] {
  const url = read.text('ARCHIVE_URL')
  const largest = read.number('ARCHIVE_MAX_MB', { minimum: 1, maximum: 50_000, whole: true })
  if (url === '') return undefined
  const rest = {
    maxBytes: largest * 1_000_000,
    posters: { program: read.text('FFMPEG'), searchPath: read.searchPath },
  }
  const folder = readFileUrl(url)
  if (folder && 'fault' in folder) {
    faults.push(`ARCHIVE_URL ${folder.fault}.`)
    return undefined
  }
  if (folder) return { target: { kind: 'folder', path: folder.path }, ...rest }
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/?#@]+)((?:\/[\w.~-]+)*)\/?$/.exec(url) ?? []
  if (!bucketName.test(bucket) || prefix.split('/').some((part) => /^\.+$/.test(part))) {
    faults.push(
      'ARCHIVE_URL must be a folder (file:relative/path or file:///absolute/path) or a bucket (s3://bucket or ' +
        's3://bucket/prefix); credentials of a bucket go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    )
    return undefined
  }
  const region = read.text('AWS_REGION')
  const endpoint = read.url('AWS_ENDPOINT_URL')
  const accessKeyId = read.text('AWS_ACCESS_KEY_ID')
  const secretAccessKey = read.text('AWS_SECRET_ACCESS_KEY')
  const sessionToken = read.text('AWS_SESSION_TOKEN')
  if ((accessKeyId === '') !== (secretAccessKey === '')) {
    faults.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: one of them is missing.')
  }
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
  return {
    target: {
      kind: 's3',
      bucket,
      prefix: prefix.slice(1),
      ...(region && { region }),
      ...(endpoint && { endpoint }),
      ...(accessKeyId && { credentials }),
    },
    ...rest,
  }
}

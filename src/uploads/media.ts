import { fileTypeFromBuffer } from 'file-type'
import type { Media } from '../jobs/input.ts'

/**
 * What the vendor takes (wavespeed.ai/docs/upload-files-api), by the names that senders give it. `known` is what its first
 * bytes are called by the library that reads them, where that is another name.
 */
const formats: readonly { readonly type: string; readonly extension: string; readonly known?: string }[] = [
  { type: 'video/mp4', extension: 'mp4' },
  { type: 'video/quicktime', extension: 'mov' },
  { type: 'video/webm', extension: 'webm' },
  { type: 'video/x-matroska', extension: 'mkv', known: 'video/matroska' },
  { type: 'video/x-msvideo', extension: 'avi', known: 'video/vnd.avi' },
  { type: 'video/x-ms-wmv', extension: 'wmv', known: 'video/x-ms-asf' },
  { type: 'video/x-flv', extension: 'flv' },
  { type: 'video/3gpp', extension: '3gp' },
  { type: 'video/ogg', extension: 'ogv' },
  { type: 'video/mp4', extension: 'm4v', known: 'video/x-m4v' },
  { type: 'image/jpeg', extension: 'jpg' },
  { type: 'image/png', extension: 'png' },
  { type: 'image/webp', extension: 'webp' },
  { type: 'image/gif', extension: 'gif' },
  { type: 'image/bmp', extension: 'bmp' },
  { type: 'image/tiff', extension: 'tiff' },
]

/** Types that a file may be sent as. */
export const contentTypes: readonly string[] = [...new Set(formats.map(({ type }) => type))]

/** Of a file, as much as tells what it is. */
export const telling = 4_100

/** What a file is by its first bytes, whatever it is called; null for what the vendor does not take. */
export async function formatOf(
  first: Uint8Array,
): Promise<{ readonly contentType: string; readonly extension: string } | null> {
  const found = await fileTypeFromBuffer(first).catch(() => undefined) // A file that ends too soon is none.
  const format = formats.find(({ type, known = type }) => known === found?.mime)
  return format ? { contentType: format.type, extension: format.extension } : null
}

export function mediaOf(contentType: string): Media {
  return contentType.startsWith('image/') ? 'image' : 'video'
}

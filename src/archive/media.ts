/** What kinds of files the archive keeps, and under which keys. Pure, and shared by the domain and the archives. */

const octets = 'application/octet-stream'

/** Types that a browser shows or plays and that cannot run script in it; SVG, for one, can. */
const types = new Map([
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
])
const extensions = new Map([...types].map(([extension, type]) => [type, extension]))

export interface KeptAs {
  readonly extension: string
  readonly contentType: string
}

/** For the rest: kept as it is, and only ever downloaded. */
const unknown: KeptAs = { extension: 'bin', contentType: octets }

/** What a file of this declared type is kept as; null if it is nothing that a model makes, such as an error page. */
export function keptAs(contentType: string, url: string): KeptAs | null {
  // What stores answer for files whose type nobody told them: then the name may tell.
  if (contentType === octets || contentType === 'binary/octet-stream') {
    const extension = /\.(\w+)$/.exec(new URL(url).pathname.toLowerCase())?.[1] ?? ''
    const type = types.get(extension)
    return type ? { extension, contentType: type } : unknown
  }
  const extension = extensions.get(contentType)
  if (extension) return { extension, contentType }
  return /^(video|image|audio)\//.test(contentType) ? unknown : null
}

/** The key of the copy of an upload, and as what it is kept. */
export function uploadKey(uploadId: string, contentType: string): { key: string; contentType: string } {
  const extension = extensions.get(contentType)
  const as = extension ? { extension, contentType } : unknown
  return { key: outputKey(uploadId, 0, as.extension), contentType: as.contentType }
}

/** The key of one output of a job. */
export function outputKey(jobId: string, index: number, extension: string): string {
  return `${jobId}/${index}.${extension}`
}

/** The key of the picture of an output's first frame. */
export function posterKey(key: string): string {
  return key.replace(/\w+$/, 'poster.jpg')
}

/** Whether its boxes can be read. */
export function isVideo(contentType: string): boolean {
  return contentType.startsWith('video/')
}

/** The type of the file under a key, as `keptAs` said it, or of a poster; null for anything that is no key. */
export function typeOfKey(key: string): string | null {
  const [, jobId = '', extension = ''] = /^([^/]+)\/\d{1,4}(?:\.poster(?=\.jpg$))?\.(\w+)$/.exec(key) ?? []
  if (!isOwnerId(jobId)) return null
  return extension === unknown.extension ? octets : (types.get(extension) ?? null)
}

/** Whether it may name a folder of the archive, of a job or of an upload: nothing that could lead out of it. */
export function isOwnerId(text: string): boolean {
  return /^(job|upl)_[0-9a-z]{26}$/.test(text)
}

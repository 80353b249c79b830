import { isUploadId } from '../jobs/id.ts'
import type { InputDraft, InputIssue, JobInput, Media, SourceParameter } from '../jobs/input.ts'
import type { TenantUploads, Upload } from '../uploads/upload.ts'

/** A draft whose uploads are replaced by the addresses at which the vendor has them, and what is wrong with those it names. */
export async function withUploads(
  draft: InputDraft,
  sources: readonly SourceParameter[],
  uploads: Pick<TenantUploads, 'upload'> | undefined,
  now: number,
): Promise<{ readonly draft: InputDraft; readonly issues: readonly InputIssue[] }> {
  const issues: InputIssue[] = []
  const replaced: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(draft)) {
    const source = sources.find(({ name, field }) => key === name || key === field)
    if (!source || typeof value !== 'string' || !isUploadId(value.trim())) continue
    const id = value.trim()
    const upload = (await uploads?.upload(id)) ?? null
    const fault = faultOf(id, upload, source, now)
    if (fault === null) replaced[key] = upload?.url
    else issues.push(issueOf(source, fault))
  }
  return { draft: { ...draft, ...replaced }, issues }
}

/** What is wrong with an input that was sent once: an upload of it that the vendor has dropped since. */
export async function droppedSince(
  input: JobInput,
  sources: readonly SourceParameter[],
  uploads: Pick<TenantUploads, 'at'> | undefined,
  now: number,
): Promise<readonly InputIssue[]> {
  const named = sources.flatMap((source) => {
    const url = input[source.name]
    return typeof url === 'string' ? [{ source, url }] : []
  })
  const found = (await uploads?.at(named.map(({ url }) => url))) ?? []
  return named.flatMap(({ source }, index) => {
    const upload = found[index]
    return upload && upload.expiresAt <= now ? [issueOf(source, droppedWords(upload))] : []
  })
}

const issueOf = ({ field }: SourceParameter, fault: string): InputIssue => ({
  path: field,
  message: `${field} ${fault}`,
  minimum: null,
  maximum: null,
})

const droppedWords = ({ expiresAt }: Upload) =>
  `names an upload that the vendor has dropped (${new Date(expiresAt).toISOString()}): send the file again.`

/** Why an upload cannot be the value of a parameter, in words that follow its name; null if it can. */
function faultOf(id: string, upload: Upload | null, { media }: SourceParameter, now: number): string | null {
  if (upload === null) return `names no upload: there is none with the id ${id}.`
  if (upload.expiresAt <= now) return droppedWords(upload)
  const { contentType } = upload
  return contentType.startsWith(`${media}/`)
    ? null
    : `has to be ${article(media)}, and this upload is ${contentType}.`
}

const article = (media: Media) => (media === 'image' ? 'an image' : `a ${media}`)

import type { InputDraft, InputIssue, Media, SourceParameter } from '../jobs/input.ts'
import type { TenantUploads, Upload } from '../uploads/upload.ts'

/** An upload's id, whether there is one with it or not. */
const form = /^upl_[0-9a-z]{26}$/

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
    if (!source || typeof value !== 'string' || !form.test(value.trim())) continue
    const id = value.trim()
    const upload = (await uploads?.upload(id)) ?? null
    const fault = faultOf(id, upload, source, now)
    if (fault === null) replaced[key] = upload?.url
    else
      issues.push({ path: source.field, message: `${source.field} ${fault}`, minimum: null, maximum: null })
  }
  return { draft: { ...draft, ...replaced }, issues }
}

/** Why an upload cannot be the value of a parameter, in words that follow its name; null if it can. */
function faultOf(id: string, upload: Upload | null, { media }: SourceParameter, now: number): string | null {
  if (upload === null) return `names no upload: there is none with the id ${id}.`
  if (upload.expiresAt <= now) {
    return `names an upload that the vendor has dropped (${new Date(upload.expiresAt).toISOString()}): send the file again.`
  }
  const { contentType } = upload
  return contentType.startsWith(`${media}/`)
    ? null
    : `has to be ${article(media)}, and this upload is ${contentType}.`
}

const article = (media: Media) => (media === 'image' ? 'an image' : `a ${media}`)

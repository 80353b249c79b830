/** What a `file:` URL says: a path, what is wrong with it, or null for any other URL. */
export type FileUrl = { readonly path: string } | { readonly fault: string } | null

/**
 * `file:relative/path` and `file:///absolute/path` as a path. Nothing is taken literally that means something in a URL or
 * to a shell: it would be a file of that very name, and the history somewhere else than it was meant.
 */
export function readFileUrl(url: string): FileUrl {
  if (!/^file:/i.test(url)) return null
  const fault = (words: string): FileUrl => ({ fault: words })
  const [, written = ''] = /^file:(?:\/\/(?=\/))?(?!\/\/)(.*)$/i.exec(url) ?? []
  if (written === '') return fault('must be file:relative/path or file:///absolute/path')
  if (/[?#]/.test(written)) return fault('has no place for ? and #: in the name of a file write %3F and %23')
  if (/(^|\/)[~$]/.test(written)) {
    return fault('is not read by a shell, so ~ and $ have no meaning: write the whole path')
  }
  // A separator that is encoded would be one all the same.
  if (/%(2f|5c|00)/i.test(written)) return fault('must not have %2F, %5C or %00')
  try {
    return { path: decodeURIComponent(written) }
  } catch {
    return fault('has a % that is followed by no two hex digits: for the sign itself write %25')
  }
}

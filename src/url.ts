/**
 * What a text is as a URL; null if it is none.
 *
 * `URL.canParse` is not asked: as soon as V8 has compiled the code around it, that of Node 20 says no to hosts with
 * letters such as ü.
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}

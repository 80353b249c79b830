import { parseUrl } from '../url.ts'

/**
 * An origin as two of them are compared; null for what is none, such as `null`, an address with a path, or `*`.
 *
 * Shells of desktop and phone apps serve their pages by schemes of their own (`tauri://localhost`), of which `URL` says
 * that their origin is "null".
 */
export function webOrigin(text: string): string | null {
  const lower = text.toLowerCase()
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#@\\\s*,]+$/.test(lower)) return null
  const url = parseUrl(lower)
  return url && `${url.protocol}//${url.host}`
}

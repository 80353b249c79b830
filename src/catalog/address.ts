import { parseUrl } from '../url.ts'

/** The normal form of an http(s) address, as it is stored and sent; any other text as it is. */
export function normalAddress(text: string): string {
  const url = parseUrl(text)
  return url !== null && isHttp(url.protocol) ? url.href : text
}

/** What is wrong with a text that should be an http(s) address, in words that follow its name; null if it is one. */
export function addressFault(text: string): string | null {
  const [, scheme, rest = ''] = /^\s*([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? []
  if (scheme === undefined) return 'has no scheme: it has to begin with https:// or http://.'
  if (!isHttp(`${scheme.toLowerCase()}:`)) {
    return `has the scheme ${scheme.slice(0, 20)}: it has to begin with https:// or http://.`
  }
  if (parseUrl(text) !== null) return null
  const authority = /^[\\/]*([^\\/?#]*)/.exec(rest)?.[1] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const port = /:(\d+)$/.exec(host)?.[1]
  if (host === '' || host.startsWith(':')) return 'has no host.'
  if (port !== undefined && Number(port) > 65_535)
    return `has the port ${port.slice(0, 12)}: 65535 is the last one.`
  return `has the host ${JSON.stringify(host.slice(0, 80))}, which is neither a name nor an address.`
}

function isHttp(protocol: string): boolean {
  return protocol === 'http:' || protocol === 'https:'
}

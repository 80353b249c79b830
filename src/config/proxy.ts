import { parseUrl } from '../url.ts'
import type { Reader } from './reader.ts'
import type { Environment } from './variables.ts'

export interface ProxyConfig {
  /** On the way to the vendor and to its files; absent if there is none. */
  readonly proxy?: { readonly https: string; readonly http: string; readonly none: string }
}

const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const

/** Other programs read these in lower case, too, and take that first. */
export function withLowerCaseProxies(env: Environment): Environment {
  const found = names.map((name) => [name, env[name.toLowerCase()]?.trim() || env[name]])
  return { ...env, ...Object.fromEntries(found) }
}

/** Proxies on the way to the vendor and to its files; absent where there is none. */
export function readProxy(read: Reader, faults: string[]): ProxyConfig['proxy'] {
  const address = (name: 'HTTPS_PROXY' | 'HTTP_PROXY'): string => {
    const value = read.text(name)
    if (value === '') return ''
    const text = value.includes('://') ? value : `http://${value}`
    const url = parseUrl(text)
    if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash)
      return url.href
    // Never repeated: people put passwords there.
    faults.push(
      `${name} must be the address of an HTTP proxy: http://host:port, with user:password@ before the host if need be.`,
    )
    return ''
  }
  const [https, http] = [address('HTTPS_PROXY'), address('HTTP_PROXY')]
  return https === '' && http === '' ? undefined : { https, http, none: read.text('NO_PROXY') }
}

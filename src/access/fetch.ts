import { type Dispatcher, request } from 'undici'
import { createAgent, type ProxySettings } from '../proxy.ts'
import type { FetchText } from './jwks.ts'

/** Larger than any set of keys. */
const mostBytes = 256 * 1024 // 256 KiB
const timeoutMs = 5_000 // 5 seconds

/** Fetches a set of keys: without following a redirect, which would let somebody else name them. */
export function createTextFetch(options: { readonly proxy?: ProxySettings | undefined }): {
  readonly fetch: FetchText
  close(): Promise<void>
} {
  const agent: Dispatcher = createAgent({
    connectTimeoutMs: timeoutMs,
    connect: { timeout: timeoutMs },
    maxResponseSize: mostBytes,
    proxy: options.proxy,
  })
  return {
    async fetch(url) {
      const signal = AbortSignal.timeout(timeoutMs)
      const headers = { accept: 'application/json, application/jwk-set+json', 'accept-encoding': 'identity' }
      const { statusCode, body } = await request(url, { dispatcher: agent, signal, headers })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`it answers with HTTP ${statusCode}`)
      return text
    },
    close: () => agent.destroy(),
  }
}

import { type Dispatcher, request } from 'undici'
import { createInternet, RefusedAddress } from '../internet.ts'
import { ProxyError, type ProxySettings } from '../proxy.ts'
import type { OutputSource } from './archive.ts'

export interface DownloadOptions {
  readonly connectTimeoutMs?: number
  /** The longest silence, before the answer and within it. */
  readonly idleTimeoutMs?: number
  /** Hosts that may be on this machine or in its network; none by default: the vendor's files are on the internet. */
  readonly mayBePrivate?: (host: string) => boolean
  /** By default none is asked. */
  readonly proxy?: ProxySettings | undefined
}

/** A CDN may send to another of its hosts, once or twice. */
const mostRedirects = 3

const redirects = [301, 302, 303, 307, 308]

/** Answers of the 4xx class that another moment may change: no time, too early, too many. */
const passing = [408, 425, 429]

/**
 * Fetches outputs from wherever the vendor keeps them: other hosts than its API, so the key is not sent along. What is
 * not read yet stays on the other side.
 */
export function createDownloads(options: DownloadOptions = {}): OutputSource & { close(): Promise<void> } {
  const { connectTimeoutMs = 10_000, idleTimeoutMs = 30_000, mayBePrivate = () => false, proxy } = options
  const { dispatcher, check } = createInternet({ connectTimeoutMs, idleTimeoutMs, mayBePrivate, proxy })

  async function get(url: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    // Compressed bytes would be kept as such.
    const headers = { accept: '*/*', 'accept-encoding': 'identity' }
    let target = check(url)
    for (let followed = 0; ; followed += 1) {
      const answer = await request(target, { dispatcher, signal, headers })
      const location = [answer.headers['location'] ?? []].flat()[0]
      const isOver = !redirects.includes(answer.statusCode) || location === undefined
      if (isOver || followed === mostRedirects) return answer
      drop(answer.body)
      target = check(location, target)
    }
  }

  return {
    async fetch(url, signal) {
      try {
        const answer = await get(url, signal)
        const { statusCode, body } = answer
        const cancel = () => drop(body)
        const encoding = answer.headers['content-encoding'] ?? 'identity'
        if (statusCode !== 200 || encoding !== 'identity') {
          cancel()
          const lasting = statusCode < 500 && !passing.includes(statusCode)
          const message =
            statusCode === 200
              ? 'its host answers compressed bytes.'
              : `its host answers with HTTP ${statusCode}.`
          return { kind: 'failed', lasting, message }
        }
        const type = [answer.headers['content-type'] ?? ''].flat()[0] ?? ''
        const length = Number(answer.headers['content-length'] ?? Number.NaN)
        const contentType = type.split(';')[0]?.trim().toLowerCase() ?? ''
        return {
          kind: 'file',
          file: { contentType, length: Number.isNaN(length) ? null : length, body, cancel },
        }
      } catch (error) {
        if (error instanceof RefusedAddress) return { kind: 'failed', lasting: true, message: error.message }
        if (error instanceof ProxyError)
          return { kind: 'failed', lasting: false, message: `${error.message}.` }
        const { code, name } = error as Error & { code?: string }
        return { kind: 'failed', lasting: false, message: `its host does not answer (${code ?? name}).` }
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function drop(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {}).destroy()
}

import { Agent, interceptors, request } from 'undici'
import type { OutputSource } from '../jobs/ports.ts'

export interface DownloadOptions {
  readonly connectTimeoutMs?: number
  /** The longest silence, before the answer and within it. */
  readonly idleTimeoutMs?: number
}

/** A CDN may send to another of its hosts, once or twice. */
const mostRedirects = 3

/** Answers of the 4xx class that another moment may change: no time, too early, too many. */
const passing = [408, 425, 429]

/**
 * Fetches outputs from wherever the vendor keeps them: other hosts than its API, so the key is not sent along. What is
 * not read yet stays on the other side.
 */
export function createDownloads(options: DownloadOptions = {}): OutputSource & { close(): Promise<void> } {
  const { connectTimeoutMs = 10_000, idleTimeoutMs = 30_000 } = options
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  })
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: mostRedirects }))

  return {
    async fetch(url, signal) {
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
        return { kind: 'failed', lasting: true, message: 'its address is not http(s).' }
      }
      try {
        // Compressed bytes would be kept as such.
        const headers = { accept: '*/*', 'accept-encoding': 'identity' }
        const answer = await request(url, { dispatcher, signal, headers })
        const { statusCode, body } = answer
        const cancel = () => void body.on('error', () => {}).destroy()
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
        const { code, name } = error as Error & { code?: string }
        return { kind: 'failed', lasting: false, message: `its host does not answer (${code ?? name}).` }
      }
    },
    close: () => agent.destroy(),
  }
}

import { type Dispatcher, request as send } from 'undici'
import { createAgent, type ProxySettings } from '../proxy.ts'
import { acceptedEncodings, decompress } from './decompress.ts'

/** The part of `fetch` that openapi-fetch asks for. */
export type VendorFetch = (request: Request) => Promise<Response>

export interface FetchOptions {
  /** Connections kept open for polls. */
  readonly connections?: number
  readonly connectTimeoutMs?: number
  /** From the request's start to the end of its answer. */
  readonly timeoutMs?: number
  /** By default none is asked. */
  readonly proxy?: ProxySettings | undefined
}

/** The largest answer that is read, also once it is decompressed; a page of a hundred predictions with their inputs is far below it. */
const largestAnswer = 8 * 1024 * 1024 // 8 MiB

/**
 * How long a connection may be idle where the vendor does not say: longer than the longest usual pause between two
 * polls, shorter than the minute after which load balancers close it. undici's own 4 seconds would end before most polls.
 */
const keepAliveMs = 45_000 // 45 seconds

/**
 * A `fetch` on undici's `request`, which costs a fraction of the global one. Time limits live here, since
 * openapi-fetch's middleware cannot enforce them. It follows no redirect, since a POST must not be repeated.
 *
 * `close` breaks off what is under way; every later request fails.
 */
export function createFetch(options: FetchOptions = {}): { fetch: VendorFetch; close(): Promise<void> } {
  const { connections = 64, connectTimeoutMs = 10_000, timeoutMs = 30_000, proxy } = options
  const connect = { timeout: connectTimeoutMs }
  const limits = { connections, connect, connectTimeoutMs, maxResponseSize: largestAnswer, proxy }
  const kept = createAgent({ ...limits, keepAliveTimeout: keepAliveMs })
  // A kept connection may be closed by the other side just as a request leaves on it. A GET is then sent again; a
  // POST must not be, so each one gets a connection of its own.
  const fresh = createAgent({ ...limits, pipelining: 0 })

  return {
    async fetch(request) {
      const body = request.body === null ? null : Buffer.from(await request.arrayBuffer())
      const limit = timeLimit(timeoutMs, request.signal)
      try {
        const answer = await send(request.url, {
          method: request.method as Dispatcher.HttpMethod,
          headers: { 'accept-encoding': acceptedEncodings, ...Object.fromEntries(request.headers) },
          body,
          dispatcher: request.method === 'GET' ? kept : fresh,
          signal: limit.signal,
        })
        const encoding = [answer.headers['content-encoding'] ?? []].flat().join(',')
        const bytes = await decompress(await answer.body.bytes(), encoding, largestAnswer)
        const empty = answer.statusCode === 204 || answer.statusCode === 304
        return new Response(empty ? null : bytes, {
          status: answer.statusCode,
          headers: Object.entries(answer.headers).flatMap(([name, value]) =>
            [value ?? []].flat().map((one): [string, string] => [name, one]),
          ),
        })
      } finally {
        limit.clear()
      }
    },
    async close() {
      await Promise.all([kept.destroy(), fresh.destroy()])
    },
  }
}

/** One limit for the whole exchange, cleared with it: an AbortSignal.timeout would outlive a quick answer. */
function timeLimit(ms: number, caller: AbortSignal): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const abort = () => controller.abort(caller.reason)
  const timer = setTimeout(() => {
    controller.abort(
      Object.assign(new Error(`no complete answer within ${ms / 1_000} s`), { code: 'TIMEOUT' }),
    )
  }, ms)
  caller.addEventListener('abort', abort)
  if (caller.aborted) abort()
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      caller.removeEventListener('abort', abort)
    },
  }
}

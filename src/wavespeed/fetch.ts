import { setMaxListeners } from 'node:events'
import { type Dispatcher, request as send } from 'undici'
import { createAgent, type ProxySettings } from '../proxy.ts'
import { acceptedEncodings, decompress } from './decompress.ts'
import { type BeforeSend, onOwnConnection } from './own-connection.ts'

export type { BeforeSend }

/**
 * The part of `fetch` that openapi-fetch asks for. A request that is no GET calls `beforeSend`, and fails with a
 * NotSentError where no byte of it can have left.
 */
export type VendorFetch = (
  request: Request,
  options?: { readonly beforeSend?: BeforeSend | undefined },
) => Promise<Response>

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
  const limits = { connectTimeoutMs, maxResponseSize: largestAnswer, proxy }
  const kept = createAgent({
    ...limits,
    connections,
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: keepAliveMs,
  })
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // One for each exchange under way.
  const underWay = new Set<Promise<Response>>()

  async function exchange(request: Request, beforeSend: BeforeSend | undefined): Promise<Response> {
    const limit = timeLimit(timeoutMs, [request.signal, closing.signal])
    const by = async (dispatcher: Dispatcher) => read(await sendBy(dispatcher, request, limit.signal))
    try {
      // A kept connection may be closed by the other side just as a request leaves on it. A GET is then sent again; a
      // POST must not be, so each one gets a connection of its own.
      if (request.method === 'GET') return await by(kept)
      const { signal, abort } = limit
      return await onOwnConnection({ agent: limits, signal, onConnectTimeout: abort, beforeSend }, by)
    } finally {
      limit.clear()
    }
  }

  return {
    fetch(request, { beforeSend } = {}) {
      const one = exchange(request, beforeSend).finally(() => underWay.delete(one))
      underWay.add(one)
      return one
    },
    async close() {
      closing.abort(Object.assign(new Error('the gateway stops'), { code: 'STOPPED' }))
      await Promise.allSettled(underWay)
      await kept.destroy()
    },
  }
}

async function sendBy(dispatcher: Dispatcher, request: Request, signal: AbortSignal) {
  return send(request.url, {
    method: request.method as Dispatcher.HttpMethod,
    headers: { 'accept-encoding': acceptedEncodings, ...Object.fromEntries(request.headers) },
    body: request.body === null ? null : Buffer.from(await request.arrayBuffer()),
    dispatcher,
    signal,
  })
}

async function read(answer: Dispatcher.ResponseData): Promise<Response> {
  const encoding = [answer.headers['content-encoding'] ?? []].flat().join(',')
  const bytes = await decompress(await answer.body.bytes(), encoding, largestAnswer)
  const empty = answer.statusCode === 204 || answer.statusCode === 304
  return new Response(empty ? null : bytes, {
    status: answer.statusCode,
    headers: Object.entries(answer.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    ),
  })
}

/** One limit for the whole exchange, cleared with it: an AbortSignal.timeout would outlive a quick answer. */
function timeLimit(ms: number, callers: readonly AbortSignal[]) {
  const controller = new AbortController()
  const abort = (reason: unknown) => controller.abort(reason)
  const timer = setTimeout(() => {
    abort(Object.assign(new Error(`no complete answer within ${ms / 1_000} s`), { code: 'TIMEOUT' }))
  }, ms)
  const abortions = callers.map((caller) => {
    const follow = () => abort(caller.reason)
    caller.addEventListener('abort', follow)
    if (caller.aborted) follow()
    return () => caller.removeEventListener('abort', follow)
  })
  return {
    signal: controller.signal,
    abort,
    clear() {
      clearTimeout(timer)
      for (const forget of abortions) forget()
    },
  }
}

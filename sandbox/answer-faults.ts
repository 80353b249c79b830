import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { AnswerFault } from './faults.ts'
import { json, type Reply, readJson, refusal } from './http.ts'

/** What becomes of an answer: it is replaced, or the connection is cut, or nobody ever answers. */
export type Verdict = Reply | 'cut' | 'hang'

/** Whether the request takes effect before this fault meets its answer. */
export function comesAfter(fault: AnswerFault): boolean {
  return changesAnswer(fault) || fault.kind === 'cut-after' || ('after' in fault && fault.after === true)
}

/** Whether the real answer is sent, but changed. */
function changesAnswer({ kind }: AnswerFault): boolean {
  return kind === 'odd-members' || kind === 'compressed'
}

/** The answer that a fault puts in place of the `real` one; undefined for those that only delay it. */
export function verdictOf(fault: AnswerFault, real?: Reply): Verdict | undefined {
  switch (fault.kind) {
    case 'slow':
    case 'slow-read':
      return undefined
    case 'unauthorized':
      return unauthorized
    case 'rate-limited': {
      const reply = refusal(429, 'too many requests')
      if (fault.retryAfter === undefined) return reply
      return { ...reply, headers: { ...reply.headers, 'retry-after': String(fault.retryAfter) } }
    }
    case 'server-error':
      return refusal(fault.status, 'internal server error')
    case 'hang':
      return 'hang'
    case 'cut-before':
    case 'cut-after':
      return 'cut'
    case 'not-json':
      return {
        status: fault.status,
        headers: { 'content-type': 'text/html' },
        body: '<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n',
      }
    case 'wrong-shape':
      return json(200, { code: 200, message: 'success', data: { task: { state: 'done' } } })
    case 'odd-members':
      return real && withMembers(real, fault.members)
    case 'compressed':
      return real && compress(real, fault.encoding)
    case 'envelope-error':
      return json(200, { code: fault.code, message: 'internal error', data: null })
  }
}

function withMembers(reply: Reply, members: Readonly<Record<string, unknown>>): Reply {
  const body = readJson(Buffer.from(reply.body)) as { data?: object } | undefined
  return { ...reply, body: JSON.stringify({ ...body, data: { ...body?.data, ...members } }) }
}

const compressors = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const

function compress(reply: Reply, encoding: keyof typeof compressors): Reply {
  const headers = { ...reply.headers, 'content-encoding': encoding }
  return { ...reply, headers, body: compressors[encoding](reply.body) }
}

export const unauthorized: Reply = refusal(401, 'invalid authentication')

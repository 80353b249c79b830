import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { WebSocket } from 'ws'

/** Every way to ask the gateway. */
export const protocols = ['http', 'sse', 'sse single', 'ws'] as const
export type Protocol = (typeof protocols)[number]

export interface Answer {
  readonly data?: unknown
  readonly errors?: readonly {
    readonly message: string
    readonly extensions?: Readonly<Record<string, unknown>>
  }[]
  /** Where the request was refused as a whole. */
  readonly code?: string
}

/** The first answer to an operation of who shows this key; null shows none. */
export type Ask = (query: string, credential: string | null) => Promise<Answer>

/** @param url the address of the gateway's GraphQL */
export function askBy(protocol: Protocol, url: () => string): Ask {
  return (query, credential) => {
    const headers = { ...(credential !== null && { authorization: `Bearer ${credential}` }) }
    if (protocol === 'ws') return byWebSocket(url().replace('http', 'ws'), query, headers)
    if (protocol === 'sse single') return bySingleConnection(`${url()}/stream`, query, headers)
    return byRequest(url(), query, headers, protocol === 'sse' ? 'text/event-stream' : 'application/json')
  }
}

async function byRequest(url: string, query: string, headers: object, accept: string): Promise<Answer> {
  const leave = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify({ query }),
    signal: leave.signal,
  })
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const answer = (await response.json()) as Answer
    return response.status === 401
      ? { ...answer, code: String(answer.errors?.[0]?.extensions?.['code']) }
      : answer
  }
  let text = ''
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    if (done) throw new Error(`no event: ${text}`)
    text += decoder.decode(value, { stream: true })
    const [, data] = /^data: (\{.*\})$/m.exec(text) ?? []
    if (data) {
      leave.abort()
      return JSON.parse(data) as Answer
    }
  }
}

interface Client {
  iterate(request: { query: string }): AsyncIterableIterator<unknown>
  dispose(): void | Promise<void>
}

async function first(client: Client, query: string): Promise<Answer> {
  const results = client.iterate({ query })
  try {
    const { value, done } = await results.next()
    if (done) throw new Error('it ends without a result')
    return value as Answer
  } finally {
    await results.return?.(undefined)
    void Promise.resolve(client.dispose()).catch(() => {})
  }
}

async function bySingleConnection(url: string, query: string, headers: object): Promise<Answer> {
  const client = createSseClient({ url, singleConnection: true, retryAttempts: 0, headers: { ...headers } })
  try {
    return await first(client, query)
  } catch (error) {
    const { response } = error as { response?: Response }
    if (response?.status !== 401) throw error
    return { code: 'UNAUTHENTICATED' }
  }
}

async function byWebSocket(url: string, query: string, connectionParams: object): Promise<Answer> {
  const client = createWsClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { ...connectionParams },
  })
  try {
    return await first(client, query)
  } catch (error) {
    const { code } = error as { code?: number }
    // Errors of an operation come as a list.
    if (Array.isArray(error)) return { errors: error as NonNullable<Answer['errors']> }
    if (code !== 4403) throw error
    return { code: 'UNAUTHENTICATED' }
  }
}

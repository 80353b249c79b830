import { connect } from 'node:net'
import { GraphQLError } from 'graphql'
import { createPubSub, createSchema, Repeater } from 'graphql-yoga'
import { createLimiter } from '../../src/access/limiter.ts'
import { noLimits } from '../../src/access/tenants.ts'
import { systemClock } from '../../src/jobs/clock.ts'
import { createLog } from '../../src/log.ts'
import { createServer, type GatewayServer, type ServerOptions } from '../../src/server/server.ts'
import { somebody } from '../support/viewer.ts'

/** Lets everybody in. */
/** There are no limits. */
export const openLimiter = createLimiter({
  tenants: { tenant: async () => null, addTenant: async () => {} },
  forAll: noLimits,
  clock: systemClock,
})

export const openAccess: ServerOptions['access'] = { identify: async () => somebody, watch: () => () => {} }

/** A gateway server over a schema of its own, which can count, fail and stream on demand. */
export interface TestServer extends AsyncDisposable {
  readonly server: GatewayServer
  readonly url: string
  readonly port: number
  /** Every log line so far. */
  readonly lines: Record<string, unknown>[]
  /** Gives the next number to every stream that is open. */
  emit(value: number): void
  /** How many streams listen. */
  listeners(): number
  /** How many slow fields have begun. */
  slow(): number
  /** How often the mutation ran: what a refused request must not change. */
  paid(): number
}

export async function startTestServer(overrides: Partial<ServerOptions> = {}): Promise<TestServer> {
  const gateway = createTestServer(overrides)
  return { ...gateway, ...(await gateway.server.listen()) }
}

/** The same, which does not listen yet. */
export function createTestServer(overrides: Partial<ServerOptions> = {}): Omit<TestServer, 'url' | 'port'> {
  const lines: Record<string, unknown>[] = []
  const events = createPubSub<{ tick: [number] }>()
  let listeners = 0
  let slow = 0
  let paid = 0
  const schema = createSchema({
    typeDefs: /* GraphQL */ `
      type Query { hello(name: String): String! requestId: String! expected: String unexpected: String thrown: String slow(ms: Int!): String! }
      type Mutation { pay: Int! }
      type Subscription { ticks(end: Int): Int! broken: Int! }
    `,
    resolvers: {
      Query: {
        hello: (_root, { name }: { name?: string }) => `Hello ${name ?? 'world'}`,
        requestId: (_root, _args, context: { requestId: string }) => context.requestId,
        expected: () => {
          throw new GraphQLError('No such job.', { extensions: { code: 'NOT_FOUND' } })
        },
        unexpected: () => {
          throw new Error('the secret table is locked', { cause: new Error('by process 7') })
        },
        thrown: () => {
          throw 'a secret that is no error'
        },
        slow: (_root, { ms }: { ms: number }) => {
          slow += 1
          return new Promise((done) => setTimeout(() => done('done'), ms))
        },
      },
      Mutation: { pay: () => ++paid },
      Subscription: {
        ticks: {
          resolve: (value: number) => value,
          subscribe: (_root, { end }: { end?: number }) =>
            new Repeater<number>(async (push, stop) => {
              listeners++
              const source = events.subscribe('tick')
              stop.then(() => source.return())
              for await (const value of source) {
                push(value)
                if (value === end) stop()
              }
              listeners--
            }),
        },
        broken: {
          resolve: (value: number) => value,
          subscribe: async function* () {
            yield 1
            throw new Error('the secret table is locked')
          },
        },
      },
    },
  })
  const server = createServer({
    webhooks: { isExpected: async () => false, receive: async () => 'unknown' },
    schema,
    host: '127.0.0.1',
    port: 0,
    corsOrigins: ['https://app.example.com'],
    log: createLog('debug', { write: (line) => void lines.push(JSON.parse(line)) }),
    clock: systemClock,
    graceMs: 5_000,
    createContext: () => ({}),
    readiness: async () => ({ ready: true, checks: { database: { ok: true } } }),
    locateOutput: async () => null,
    sandbox: () => null,
    access: openAccess,
    limiter: openLimiter,
    outputs: { isSigned: () => false, isOf: async () => true },
    uploads: { receive: () => Promise.reject(new Error('nothing is uploaded here')) },
    ...overrides,
  })
  return {
    server,
    lines,
    emit: (value) => events.publish('tick', value),
    listeners: () => listeners,
    slow: () => slow,
    paid: () => paid,
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** Sends an operation as a GraphQL client does. */
export function post(url: string, query: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
}

/** Waits for a state that comes about by itself; the caller's test timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 5))
}

/** Sends bytes as they are and answers what comes back until the connection is closed. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}

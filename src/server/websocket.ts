import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Access } from '../access/access.ts'
import type { Limiter } from '../access/limiter.ts'
import { ExpectedError } from '../expected-error.ts'
import type { Logger } from '../log.ts'
import { maxBodyBytes } from './body.ts'
import { credentialOf, credentialOfParameters } from './credential.ts'
import type { Door } from './door.ts'
import type { Executor, Origin } from './execute.ts'
import { statusOf } from './identify.ts'
import type { Limits } from './limits.ts'
import type { StartOperation } from './operation.ts'
import { calledAs } from './origin.ts'
import { createQuota, type Quota } from './quota.ts'
import { newRequestId } from './request-id.ts'
import type { SlowReaders } from './slow-readers.ts'

export interface WebSocketOptions {
  readonly executor: Executor
  readonly startOperation: StartOperation
  readonly log: Logger
  readonly access: Pick<Access, 'watch'>
  readonly door: Pick<Door, 'identify' | 'callerOf'>
  readonly limiter: Pick<Limiter, 'request'>
  readonly limits: Limits
  readonly slowReaders: Pick<SlowReaders, 'end'>
}

export interface WebSocketFront {
  /** Takes over a connection whose origin was already judged. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Tells every client to come back later; those that have not answered when the signal comes are cut off. */
  close(late: AbortSignal): Promise<void>
}

/** After the last results of streams have left. */
const closingMs = 100
const keepAliveMs = 12_000 // graphql-ws's own default
/** "Service restart": graphql-ws clients take it as a reason to reconnect and subscribe again. */
const serviceRestart = 1012
const internalError = 4500
/** "Try again later": clients do. */
const unavailable = 1013
/** As graphql-ws has it: clients take the first for final, and begin anew with fresh parameters after the second. */
const rightsEnded = { revoked: 4401, expired: 4403 } as const

/** Of a socket that has not begun. */
const unknownOrigin: Origin = { calledAs: undefined, caller: { address: undefined } }

/** What is known of a socket; who is behind it from the message on with which it begins. */
interface Opened {
  readonly request: IncomingMessage
  readonly socket: WebSocket
  readonly quota: Quota
  origin: Origin
}

/** GraphQL over WebSocket (graphql-ws), executed through Yoga so that context, plugins and masking are the same. */
export function createWebSocketFront(options: WebSocketOptions): WebSocketFront {
  const { executor, startOperation, log, access, door, limiter, limits, slowReaders } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxBodyBytes,
    handleProtocols,
    autoPong: false,
  })
  const graphql = makeServer<Record<string, unknown> | undefined, Opened>({
    connectionInitWaitTimeout: limits.initMs,
    execute: executor.perform,
    subscribe: executor.perform,
    onConnect: ({ connectionParams, extra }) => connect(extra, connectionParams),
    // graphql-ws lets nobody ask who has not begun with `onConnect`.
    onSubscribe: ({ extra: { origin } }, _id, params) =>
      executor.prepare(startOperation(newRequestId(), 'ws', origin.caller), params, origin),
  })

  /** Finds out who is there; false closes the socket. */
  async function connect(opened: Opened, parameters: unknown): Promise<boolean> {
    const { request, socket, quota } = opened
    try {
      const credential = credentialOfParameters(parameters) ?? credentialOf(request)
      const viewer = await door.identify(request, credential)
      opened.origin = {
        calledAs: calledAs(request.headers),
        caller: door.callerOf(request, viewer),
        viewer,
        quota,
        count: () => limiter.request(viewer),
      }
      // The streams are told first.
      const end = access.watch(viewer, ({ why, message }) =>
        setTimeout(() => socket.close(rightsEnded[why], message), closingMs),
      )
      socket.once('close', end)
      // The client may have left meanwhile.
      if (socket.readyState === socket.CLOSED) end()
      return true
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error
      if (statusOf(error) === 503) socket.close(unavailable, 'Try again later')
      return false
    }
  }

  sockets.on('connection', (socket, request) => {
    const stopPings = keepAlive(socket)
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    /** Whether the client reads: with much waiting for it, it is cut off instead of sent more. */
    const reads = () => {
      if (socket.readyState !== socket.OPEN || request.socket.destroyed) return false
      if (socket.bufferedAmount <= limits.waitingBytes) return true
      slowReaders.end(request.socket, `more than ${limits.waitingBytes} bytes wait on a WebSocket`)
      return false
    }
    socket.on('ping', (data) => {
      if (reads()) socket.pong(data)
    })
    const fail = (error: unknown) => {
      log.warn({ err: error }, 'a WebSocket was closed for an error')
      socket.close(internalError, 'Internal server error')
    }
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        // Resolved at once, a stream that has much to tell would not let the end of its socket be noticed.
        send: (data) => (reads() ? send(socket, data) : gone),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) => socket.on('message', (data) => void receive(String(data)).catch(fail)),
      },
      { request, socket, quota: createQuota(limits), origin: unknownOrigin },
    )
    socket.once('error', fail)
    socket.once('close', (code, reason) => {
      stopPings()
      closed(code, String(reason)).catch(fail)
    })
  })

  return {
    upgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request))
    },
    async close(late) {
      for (const socket of sockets.clients) socket.close(serviceRestart, 'Service restart')
      late.addEventListener('abort', () => {
        for (const socket of sockets.clients) socket.terminate()
      })
      await Promise.all(
        [...sockets.clients].map((socket) => new Promise((done) => socket.once('close', done))),
      )
    },
  }
}

/** Resolves when the data has left, or cannot any more: a slow reader slows the operation down. */
function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve) => socket.send(data, () => resolve()))
}

/** Pings, and cuts off a client that has not answered by the next ping; returns how to stop. */
function keepAlive(socket: WebSocket): () => void {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  const timer = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, keepAliveMs)
  return () => clearInterval(timer)
}

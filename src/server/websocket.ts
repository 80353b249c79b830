import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Logger } from '../log.ts'
import { maxBodyBytes } from './body.ts'
import type { Executor } from './execute.ts'
import type { StartOperation } from './operation.ts'
import { calledAs } from './origin.ts'
import { newRequestId } from './request-id.ts'

export interface WebSocketOptions {
  readonly executor: Executor
  readonly startOperation: StartOperation
  readonly log: Logger
}

export interface WebSocketFront {
  /** Takes over a connection whose origin was already judged. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Tells every client to come back later; those that do not answer within the time are cut off. */
  close(graceMs: number): Promise<void>
}

const keepAliveMs = 12_000 // graphql-ws's own default
/** "Service restart": graphql-ws clients take it as a reason to reconnect and subscribe again. */
const serviceRestart = 1012
const internalError = 4500

/** GraphQL over WebSocket (graphql-ws), executed through Yoga so that context, plugins and masking are the same. */
export function createWebSocketFront({ executor, startOperation, log }: WebSocketOptions): WebSocketFront {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxBodyBytes, handleProtocols })
  const graphql = makeServer<undefined, { readonly calledAs: string | undefined }>({
    execute: executor.perform,
    subscribe: executor.perform,
    onSubscribe: ({ extra }, _id, params) =>
      executor.prepare(startOperation(newRequestId(), 'ws'), params, extra),
  })

  sockets.on('connection', (socket, request) => {
    const stopPings = keepAlive(socket)
    const fail = (error: unknown) => {
      log.warn({ err: error }, 'a WebSocket was closed for an error')
      socket.close(internalError, 'Internal server error')
    }
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (receive) => socket.on('message', (data) => void receive(String(data)).catch(fail)),
      },
      { calledAs: calledAs(request.headers) },
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
    async close(graceMs) {
      for (const socket of sockets.clients) socket.close(serviceRestart, 'Service restart')
      const cutOff = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
      }, graceMs)
      await Promise.all(
        [...sockets.clients].map((socket) => new Promise((done) => socket.once('close', done))),
      )
      clearTimeout(cutOff)
    },
  }
}

/** Resolves when the data has left, so that a slow reader slows the operation down and does not fill the memory. */
function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) resolve()
    else socket.send(data, (error) => (error ? reject(error) : resolve()))
  })
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

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { buildConnector, Client, type DiagnosticsChannel, type Dispatcher } from 'undici'
import { type AgentOptions, createAgent, unlessAborted } from '../proxy.ts'
import { NotSentError } from './error.ts'

/** Called once the connection stands, TLS and a proxy's tunnel included. Where it fails, no byte of the request leaves. */
export type BeforeSend = () => void | Promise<void>

export interface OwnConnectionOptions {
  readonly agent: Omit<AgentOptions, 'signal' | 'factory' | 'connect'>
  /** Breaks off whatever is under way. */
  readonly signal: AbortSignal
  /** Called when no connection stands after `connectTimeoutMs`, to abort `signal`. */
  readonly onConnectTimeout: (error: Error) => void
  readonly beforeSend: BeforeSend | undefined
}

/** Told by undici right before it writes the head of a request. */
const headersLeave = 'undici:client:sendHeaders'

/**
 * Sends one request on a connection of its own, so that it is known whether any of it can have left: what fails before
 * that is a NotSentError, whatever its cause.
 *
 * @param send is given the way to send the request by, once
 */
export async function onOwnConnection<T>(
  { agent: agentOptions, signal, onConnectTimeout, beforeSend }: OwnConnectionOptions,
  send: (dispatcher: Dispatcher) => Promise<T>,
): Promise<T> {
  const state: { connection: Socket | null; sent: boolean; failure: Error | null } = {
    connection: null,
    sent: false,
    failure: null,
  }

  const seconds = agentOptions.connectTimeoutMs / 1_000
  const timer = setTimeout(() => {
    onConnectTimeout(Object.assign(new Error(`no connection within ${seconds} s`), { code: 'TIMEOUT' }))
  }, agentOptions.connectTimeoutMs)

  /** Holds a new connection back until the request may leave on it. */
  async function hold(socket: Socket): Promise<void> {
    clearTimeout(timer)
    state.connection = socket
    socket.on('error', () => {}) // One out of a proxy's tunnel has nobody else yet who hears them.
    signal.throwIfAborted()
    await Promise.race([ask(beforeSend), aborted(signal)])
    // The other side may have closed meanwhile: a second turn reads what the first found in the kernel.
    await turn()
    await turn()
    signal.throwIfAborted()
    if (socket.destroyed || socket.readableEnded) throw socket.errored ?? closed()
  }

  const holding = (connect: buildConnector.connector): buildConnector.connector => {
    let begun = false
    return (options, callback) => {
      // undici connects again where a connection closed before the request was on it.
      if (begun) {
        callback(state.failure ?? closed(), null)
        return
      }
      begun = true
      const fail = (error: Error) => {
        state.failure = error
        callback(error, null)
      }
      connect(options, (error, socket) => {
        if (error !== null) fail(error)
        else {
          hold(socket).then(
            () => callback(null, socket),
            (reason: Error) => {
              socket.destroy()
              fail(reason)
            },
          )
        }
      })
    }
  }

  const agent = createAgent({
    ...agentOptions,
    pipelining: 0,
    connect: { timeout: agentOptions.connectTimeoutMs, signal },
    signal,
    factory(origin, options: Client.Options) {
      const { connect } = options
      const connector = typeof connect === 'function' ? connect : buildConnector({ ...connect })
      return new Client(origin, { ...options, connect: holding(unlessAborted(connector, signal)) })
    },
  })
  const onHeaders = (message: unknown) => {
    const { socket } = message as DiagnosticsChannel.ClientSendHeadersMessage
    if (socket === state.connection) state.sent = true
  }
  subscribe(headersLeave, onHeaders)
  try {
    return await send(agent)
  } catch (error) {
    const { sent, failure } = state
    if (sent) throw error
    if (failure instanceof NotSentError) throw failure
    throw new NotSentError('unreachable', signal.aborted ? signal.reason : (failure ?? error))
  } finally {
    clearTimeout(timer)
    unsubscribe(headersLeave, onHeaders)
    await agent.destroy()
  }
}

const closed = () => new Error('the other side closed the connection')

async function ask(beforeSend: BeforeSend | undefined): Promise<void> {
  try {
    await beforeSend?.()
  } catch (cause) {
    throw new NotSentError('withheld', cause)
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

import pg from 'pg'
import { type HistoryFault, HistoryUnavailableError } from '../../jobs/history-error.ts'
import type { History } from '../../jobs/work.ts'
import { type Around, aroundHistory } from '../around.ts'

/** What SQLSTATEs (postgresql.org/docs/current/errcodes-appendix.html) say of the server and not of the statement. */
const faultsByCode: readonly (readonly [prefix: string, fault: HistoryFault])[] = [
  ['08', 'unreachable'], // connection exceptions
  ['57P', 'unreachable'], // shutting down, crashed, starting up
  ['25P03', 'unreachable'], // silent for too long inside a transaction
  ['53100', 'full'],
  ['53', 'unreachable'], // too many connections, out of memory
  ['25006', 'read-only'],
  ['40', 'busy'], // serialization failure, deadlock
  ['55P03', 'busy'],
  ['57014', 'unreachable'], // cancelled: it took too long
  ['58', 'broken'],
  ['XX00', 'broken'],
]

/** Codes of Node's network errors. */
const networkCode = /^(E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_)|ENOTFOUND)/
/** What pg says, without a code, where a connection ended or none could be had in time. */
const connectionWords =
  /connection terminated|query read timeout|timeout exceeded when trying to connect|timeout expired|client has encountered a connection error|not queryable|client was closed/i

function faultOf(error: unknown): HistoryFault | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  if (error instanceof pg.DatabaseError) {
    return faultsByCode.find(([prefix]) => code.startsWith(prefix))?.[1] ?? null
  }
  return networkCode.test(code) || connectionWords.test(error.message) ? 'unreachable' : null
}

/** A fault of the server or of the way to it as the domain's own error; any other error as it is. */
export function translate(error: unknown): unknown {
  // Drizzle's migrator wraps what the driver threw, with the whole statement and its values in the message.
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const fault = faultOf(inner)
  if (fault === null) return inner
  return new HistoryUnavailableError(fault, { cause: inner }, fault === 'unreachable' ? uncertain : undefined)
}

/** The last thing that was sent may have arrived: nothing says so, nothing denies it. */
const uncertain = 'Try again later; what was asked for may have been recorded all the same.'

/** The same history; faults are thrown as `HistoryUnavailableError`s. */
export function translateFaults(history: History): History {
  return aroundHistory(history, translating)
}

/** What is around each call. */
export const translating: Around =
  (_, call) =>
  async (...args) => {
    try {
      return await call(...args)
    } catch (error) {
      throw translate(error)
    }
  }

import type { Clock } from '../../jobs/clock.ts'
import type { Pause, VendorHealth } from '../../jobs/vendor.ts'
import type { Logger } from '../../log.ts'
import type { Exchange } from '../client.ts'
import { VendorError } from '../error.ts'
import { pollFailure, submitFailure } from '../outcome.ts'
import { type Circuit, createCircuit } from './circuit.ts'
import { createProbe } from './probe.ts'
import { createStatus } from './status.ts'

/** While the vendor is away it is asked so often whether it is back: everybody else waits for that. */
const longestAwayMs = 20_000 // 20 seconds
/** As long as nothing was ever answered the vendor may only just be starting, as this gateway is. */
const firstPauseMs = 1_000 // 1 second

export interface HealthOptions {
  readonly baseUrl: string
  readonly clock: Clock
  readonly log: Logger
  /** The question for the balance: harmless, and it needs the key. */
  readonly ask: () => Promise<unknown>
  /** The pause that doubles with each unanswered poll, or with each deferral from `shortestMs` on. */
  readonly pauseMs: (failures: number, shortestMs?: number) => number
  /** From 0 up to 1: gateways that share a vendor do not ask it in step. */
  readonly random: () => number
  /** Told of each pause of submissions as it begins, and when it is over. */
  readonly onPause?: (pause: Pause, ended: boolean) => void
  /** Told when somebody who waited may try again. */
  readonly onAnswer?: () => void
  /** Told when polls are answered again after an outage. */
  readonly onRecovered?: () => void
}

/** Whether the vendor is well, for everybody who asks it something. */
export interface Health extends VendorHealth {
  /** Whether the other side says that it is the sandbox. */
  readonly sandbox: boolean
  /** Told of every exchange. */
  see(exchange: Omit<Exchange, 'askedAt'>): void
  /** Asks who it is, and again until it was answered once: no job may ask it for a long time. Resolves after the first try. */
  begin(): Promise<void>
  /** Asks no more. */
  stop(): void
}

/**
 * Everything that is known of the vendor comes from the exchanges with it. While it is away polls pause and submissions stop:
 * each one sent into an outage could end as SUBMISSION_UNKNOWN, and each refused one only lengthens its timeline. One question
 * finds out for all of them whether it is back; then one poll at a time, until one is answered.
 */
export function createVendorHealth(options: HealthOptions): Health {
  const { baseUrl, clock, log, random, pauseMs } = options
  const { onPause = () => {}, onAnswer = () => {}, onRecovered = () => {} } = options
  const status = createStatus({ baseUrl, clock, log })
  const circuit = createCircuit({ clock, pauseOf: pauseMs, onPause })
  let hasAnswered = false
  /** What the vendor asked for when it last did not answer the question. */
  let askedMs = 0

  const isAway = () => circuit.polls === 'away'
  const varied = (ms: number) => Math.round(ms * (0.75 + random() / 2))
  /** The pause before the question is asked again. */
  function awayMs(unanswered: number, asked: number): number {
    const doubling = hasAnswered ? pauseMs(unanswered) : firstPauseMs * 2 ** (unanswered - 1)
    return varied(Math.max(Math.min(doubling, longestAwayMs), asked))
  }

  const probe = createProbe({
    clock,
    ask,
    isNeeded: () => !hasAnswered || circuit.isDoubtful || isAway(),
    // The outage itself was the first that was not answered.
    pauseMs: (unanswered) => awayMs(hasAnswered ? unanswered + 1 : unanswered, askedMs),
    onAnswer() {
      circuit.probed()
      answered()
      onAnswer()
    },
  })

  async function ask(): Promise<boolean> {
    try {
      await options.ask()
      return true
    } catch (error) {
      askedMs = askedPause(error)
      if (error instanceof VendorError) return isAnswer(error)
      log.error({ err: error }, 'the vendor cannot be asked how it is, trying again')
      return false
    }
  }

  /** Something that needs the key was answered. */
  function answered(): void {
    if (!hasAnswered && !status.sandbox) log.info('the vendor accepts the key')
    hasAnswered = true
  }

  return {
    get status() {
      return status.status
    },
    get sandbox() {
      return status.sandbox
    },
    get pause() {
      return circuit.pause
    },
    see(exchange) {
      status.see(exchange)
      const { kind, error } = exchange
      if (kind === 'balance') status.probed(error !== null && isAnswer(error) ? null : error)
      const { polls, isDoubtful } = circuit
      if (feed(circuit, exchange)) {
        answered()
        if (polls === 'away' || polls === 'trying') onRecovered()
        if (isDoubtful) onAnswer()
      } else if (isAway() && polls !== 'away') {
        probe.by(clock.now() + awayMs(1, askedPause(error)))
      } else if (kind === 'submit' && circuit.isDoubtful) {
        probe.by(Math.max(circuit.heldUntil(), clock.now()))
      }
    },
    maySubmit() {
      const until = circuit.heldUntil()
      if (until > 0) return { atMost: 0, until }
      if (circuit.isDoubtful || isAway()) return { atMost: 0, until: null }
      return { atMost: circuit.isCareful ? 1 : Number.POSITIVE_INFINITY, until: null }
    },
    mayPoll() {
      if (isAway()) return { atMost: 0, until: probe.nextAt }
      return { atMost: circuit.polls === 'well' ? Number.POSITIVE_INFINITY : 1, until: null }
    },
    heldUntil: circuit.heldUntil,
    retryPause: (asked = 0) => varied(Math.max(pauseMs(circuit.silent), asked)),
    begin: probe.ask,
    stop: probe.stop,
  }
}

/** Tells the circuit what an exchange says of the vendor; answers whether it shows that it works. */
function feed(circuit: Circuit, { kind, error }: Pick<Exchange, 'kind' | 'error'>): boolean {
  if (kind === 'poll' || kind === 'list') {
    if (error === null) circuit.answered()
    else if (kind === 'list' || pollFailure(error).kind === 'unanswered') circuit.unanswered()
    return error === null
  }
  if (kind !== 'submit') return false
  const outcome = error === null ? null : submitFailure(error)
  switch (outcome?.kind) {
    case undefined:
    case 'refused':
      circuit.submitted()
      return true
    case 'deferred':
      // The rate is the account's, and a hold of all who share it: see `jobs/hold.ts`.
      if (outcome.reason === 'unreachable') circuit.deferred(outcome.pauseMs, outcome.message)
      break
    case 'unknown':
      circuit.lost()
      break
    case 'held':
      if (outcome.scope === 'key' || outcome.scope === 'address') circuit.doubted()
  }
  return false
}

/** The longest `Retry-After` that the question is put off for. */
const longestAskedMs = 60_000 // 1 minute

const askedPause = (error: unknown) =>
  Math.min((error instanceof VendorError && error.retryAfterMs) || 0, longestAskedMs)

/** A balance that this key may not see, or in another form, is the vendor's answer all the same. */
const isAnswer = ({ isVendors, fault, status }: VendorError) =>
  isVendors && (fault === 'shape' || status === 403)

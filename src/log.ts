import { type DestinationStream, type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'

export type { Logger }

/** Secrets under their usual names, at any depth of what is logged. */
const secretField =
  /("(?:api[-_]?key|x-api-key|authorization|cookie|secret|password|wavespeed_api_key)":)"(?:[^"\\]|\\.)*"/gi
/** Secrets inside prose, such as an error message that quotes a header. */
const secretInText = /\b(bearer\s+|api[-_ ]?key\s*[:=]\s*|whsec_)[^\s"'\\,;]+/gi

/** A password within an address, before the host or as a parameter; also where the address stands in prose. */
const passwordOfUser = /(:\/\/[^\s:@/"']*:)[^\s"'/?#]+@/g
const passwordParameter = /([?&](?:[a-z_]*pass[a-z_]*|pwd)=)[^&\s"'\\]+/gi

/** A text without secrets, as far as they can be told by their form. */
export function withoutSecrets(text: string): string {
  return text
    .replace(secretField, '$1"[redacted]"')
    .replace(secretInText, '$1[redacted]')
    .replace(passwordOfUser, '$1[redacted]@')
    .replace(passwordParameter, '$1[redacted]')
}

/** Shorter ones are in many words. */
const shortestSecret = 6

/** The same without these values, as they are, as JSON writes them and as addresses do. */
function createRedaction(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      encodeURI(secret),
    ])
  const unique = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return (text) => withoutSecrets(unique.reduce((rest, form) => rest.replaceAll(form, '[redacted]'), text))
}

/** The same lines for people, each written at once: the last one of a process has to come out, too. */
export function createPretty(destination: DestinationStream, colorize: boolean): DestinationStream {
  const prettify = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' })
  return { write: (line) => destination.write(prettify(line)) }
}

/** Lines for people in a terminal, one JSON object a line elsewhere. */
function standardOutput(): DestinationStream {
  const output = pino.destination(1)
  return process.stdout.isTTY ? createPretty(output, true) : output
}

/**
 * Structured logs on stdout, or on `destination`.
 *
 * @param secrets values that must not be written, whatever stands around them
 *
 * Errors keep the chain of their causes. Secrets are replaced in the finished line, which is the one place that
 * everything passes: pino's own redaction needs to be told every path, and does not see messages.
 */
export function createLog(
  level: string,
  destination: DestinationStream = standardOutput(),
  secrets: readonly string[] = [],
): Logger {
  const redact = createRedaction(secrets)
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: {
      err: (error: unknown) => serializeError(error),
      error: (error: unknown) => serializeError(error),
    },
    hooks: {
      streamWrite: (line: string) => cutLine(redact(line)),
    },
  }
  return pino(options, destination)
}

const longestText = 1_024
const mostItems = 50
const deepest = 10

/** What somebody else sends must not fill the log: texts and lists in it have a length. Shorter lines have none of that. */
function cutLine(line: string): string {
  if (line.length <= longestText) return line
  try {
    return `${JSON.stringify(cutValue(JSON.parse(line)))}\n`
  } catch {
    return `${line.slice(0, longestText)}\n`
  }
}

function cutValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cutText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === deepest) return '[…]'
  if (Array.isArray(value)) {
    const kept = value.slice(0, mostItems).map((item) => cutValue(item, depth + 1))
    return value.length > mostItems ? [...kept, `… ${value.length - mostItems} more`] : kept
  }
  const fields = Object.entries(value).slice(0, mostItems)
  return Object.fromEntries(fields.map(([name, field]) => [cutText(name), cutValue(field, depth + 1)]))
}

function cutText(text: string): string {
  return text.length <= longestText
    ? text
    : `${text.slice(0, longestText)}… ${text.length - longestText} more`
}

/** Its message stands beside it. */
function framesOf({ stack = '', message }: Error): string {
  return stack.replace(message, '')
}

const deepestCause = 8 // deeper chains are loops or noise

/** Only the fields that help: an error's other properties may hold requests, with their headers and bodies. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error
  const inner = depth < deepestCause
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    ...(error.stack && { stack: framesOf(error) }),
    ...(inner && error.cause !== undefined && { cause: serializeError(error.cause, depth + 1) }),
    ...(inner &&
      error instanceof AggregateError && {
        errors: error.errors.map((one) => serializeError(one, depth + 1)),
      }),
  }
}

export interface AvailabilityOptions {
  readonly clock: { now(): number; after(ms: number, run: () => void): () => void }
  /** Told once for each outage. */
  readonly onLost: (error: Error) => void
  /** Told once it has answered, and no failure has come for `settleMs` since. */
  readonly onBack: (outageMs: number) => void
  readonly settleMs?: number
}

/**
 * One line for an outage and one for its end, however many failures there are, and however often something answers in
 * between: one of several connections may be back before the others.
 */
export function createAvailability({ clock, onLost, onBack, settleMs = 15_000 }: AvailabilityOptions): {
  failed(error: Error): void
  answered(): void
  /** No more lines. */
  stop(): void
} {
  let lostAt: number | null = null
  let failedAt = 0
  let answeredSince = false
  let cancel: (() => void) | null = null
  let stopped = false

  function settle(): void {
    cancel = null
    // Nothing has answered since the last failure: the next answer comes back here.
    if (lostAt === null || !answeredSince) return
    const left = failedAt + settleMs - clock.now()
    if (left > 0) {
      cancel = clock.after(left, settle)
      return
    }
    onBack(failedAt - lostAt)
    lostAt = null
  }

  return {
    failed(error) {
      if (stopped) return
      failedAt = clock.now()
      answeredSince = false
      if (lostAt === null) onLost(error)
      lostAt ??= failedAt
    },
    answered() {
      if (lostAt === null || stopped) return
      answeredSince = true
      if (cancel === null) settle()
    },
    stop() {
      stopped = true
      cancel?.()
    },
  }
}

/** Tells each word once. What it may be told comes from the vendor, so it is bounded. */
export function onceEach(tell: (word: string) => void, most = 100): (word: string) => void {
  const told = new Set<string>()
  return (word) => {
    if (told.has(word) || told.size >= most) return
    told.add(word)
    tell(word)
  }
}

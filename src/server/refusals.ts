import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from '../log.ts'
import type { Verdict } from './origin.ts'

/** How many callers are named: whoever asks can make up any number of them. */
const maxNamed = 100

const maxLength = 200

/**
 * Logs whom the gate refuses, each once: a page cannot show why its request failed, and the next one fails alike. As an
 * error, since it is a setting that has to be changed, or a page that means harm.
 */
export function createRefusalLog(log: Logger) {
  const named = new Set<string>()

  return (
    { code, message }: Extract<Verdict, { allowed: false }>,
    { origin, host }: IncomingHttpHeaders,
    fields: object,
  ): void => {
    const caller = { origin: origin?.slice(0, maxLength), host: host?.slice(0, maxLength) }
    const key = `${code} ${code === 'HOST_NOT_ALLOWED' ? caller.host : caller.origin}`
    if (named.has(key) || named.size >= maxNamed) {
      log.debug({ ...fields, ...caller }, code)
      return
    }
    named.add(key)
    const last = named.size === maxNamed ? ' (More of them are refused in silence.)' : ''
    log.error({ ...fields, ...caller, code }, message.slice(0, maxLength * 2) + last)
  }
}

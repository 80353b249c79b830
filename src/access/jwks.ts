import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import { IdentityUnavailableError } from './error.ts'

/** Fetches the text at an address, within a time and a size. */
export type FetchText = (url: string) => Promise<string>

export interface JwksOptions {
  readonly url: string
  readonly fetch: FetchText
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}

const minute = 60_000
/** A set is fetched anew after so long, while the old one goes on to serve. */
const freshMs = 8 * minute
/** While the provider is away the last set serves for so long. */
const staleMs = 24 * 60 * minute
/** Between two fetches, whatever seems to call for one: keys that nobody knows, and failures. */
const pauseMs = 30_000 // 30 seconds
const mostKeys = 100

/**
 * The keys of an identity provider. jose's own cache forgets them after ten minutes also where the provider is away, and
 * asks again with each request then; this one serves the last set for a day, and asks at most twice a minute.
 */
export function createJwks({ url, fetch, clock, log }: JwksOptions): JWTVerifyGetKey {
  let set: { readonly find: JWTVerifyGetKey; readonly at: number } | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null

  async function ask(): Promise<void> {
    askedAt = clock.now()
    try {
      set = { find: createLocalJWKSet(parse(await fetch(url))), at: clock.now() }
    } catch (error) {
      const age = set && clock.now() - set.at
      log.warn({ err: error, age }, "the identity provider's keys cannot be read")
    } finally {
      asking = null
    }
  }

  /** Asks unless that was done just now; whoever comes meanwhile waits for the same answer. */
  function refresh(): Promise<void> {
    if (asking === null && clock.now() - askedAt >= pauseMs) asking = ask()
    return asking ?? Promise.resolve()
  }

  const current = () => (set !== null && clock.now() - set.at < staleMs ? set : null)

  return async (header, token) => {
    const known = current()
    if (known === null) await refresh()
    else if (clock.now() - known.at >= freshMs) void refresh()
    const first = current()
    if (first === null) throw new IdentityUnavailableError()
    try {
      return await first.find(header, token)
    } catch {
      // It may be signed with a key that is newer than the set.
      await refresh()
      return (current() ?? first).find(header, token)
    }
  }
}

function parse(text: string): JSONWebKeySet {
  const { keys } = (JSON.parse(text) ?? {}) as { readonly keys?: unknown }
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys)
    throw new Error(`the answer is no set of 1 to ${mostKeys} keys`)
  return { keys }
}

import { LRUCache } from 'lru-cache'
import { ExpectedError } from '../expected-error.ts'
import type { Clock } from '../jobs/clock.ts'
import type { Logger } from '../log.ts'
import type { AccessStore } from './store.ts'
import { labelOf, type Viewer } from './viewer.ts'

/** Writes down what a viewer did, or tried to do. Never rejects. */
export type Audit = (action: string, target: string | null, result: string) => Promise<void>

/** Of each viewer in a minute: what is refused costs who asks nothing, and entries stay for ever. */
const mostRefusals = 60
const minuteMs = 60_000 // 1 minute
const mostViewers = 10_000
/** What a client names need not be an id. */
const longestTarget = 80

/**
 * The audit log of what is done outside of the transactions that have their own entries. Who needs no key is nobody in
 * particular, so nothing is written down. If it cannot be written, a line of the log says so: what was done is done, and the
 * timeline of a job says who did it in any case.
 */
export function createAudit({
  store,
  clock,
  log,
}: {
  readonly store: Pick<AccessStore, 'addEntry'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}): (viewer: Viewer, address: string | null) => Audit {
  const refusals = new LRUCache<string, { times: number; readonly until: number }>({ max: mostViewers })

  function isTooOften(who: string): boolean {
    const now = clock.now()
    const found = refusals.get(who)
    const counted = found && found.until > now ? found : { times: 0, until: now + minuteMs }
    counted.times += 1
    refusals.set(who, counted)
    if (counted.times === mostRefusals + 1)
      log.warn({ viewer: who }, 'too much is refused to be written down for the rest of this minute')
    return counted.times > mostRefusals
  }

  return (viewer, address) => async (action, target, result) => {
    const { tenant, kind } = viewer
    const actor = labelOf(viewer)
    if (kind === 'local' || (result !== 'OK' && isTooOften(`${tenant} ${actor}`))) return
    const cut = target?.slice(0, longestTarget) ?? null
    const entry = { at: clock.now(), tenant, actor, action, target: cut, address, result }
    await store
      .addEntry(entry)
      .catch((err: unknown) => log.error({ err, ...entry }, 'an audit entry is lost'))
  }
}

/** Does something, and writes down what came of it; `idOf` tells what it was done to, where that is known only then. */
export async function audited<T>(
  audit: Audit,
  action: string,
  target: string | null,
  act: () => Promise<T>,
  idOf?: (done: T) => string,
): Promise<T> {
  try {
    const done = await act()
    await audit(action, idOf?.(done) ?? target, 'OK')
    return done
  } catch (error) {
    if (error instanceof ExpectedError) await audit(action, target, error.code)
    throw error
  }
}

import { afterEach, beforeEach } from 'vitest'
import { type Access, type AccessOptions, createAccess } from '../../src/access/access.ts'
import { type KeyWish, revokeKey } from '../../src/access/keys.ts'
import type { AccessStore } from '../../src/access/store.ts'
import type { Viewer } from '../../src/access/viewer.ts'
import { aroundEach } from '../../src/db/around.ts'
import { HistoryUnavailableError } from '../../src/jobs/history-error.ts'
import { createLog } from '../../src/log.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { makeKey, tenant } from '../support/keys.ts'
import { inMemory, type JobStore, useStore } from '../support/stores.ts'

export const second = 1_000
export const minute = 60 * second

/** Who signed in until then. */
export const tokenUntil = (expiresAt: number): Viewer => ({
  tenant: tenant('acme'),
  kind: 'token',
  id: 'ann',
  name: 'ann',
  scopes: new Set(['jobs:read']),
  expiresAt,
})

/** Who finds out who asks, on a store of each test and a clock that goes as it is told. */
export function useAccess() {
  const used = useStore(inMemory.open)
  const opened: Access[] = []
  const asked: string[] = []
  let clock: FakeClock
  let access: Access
  let isAway = false

  beforeEach(() => {
    clock = createFakeClock()
    isAway = false
    access = open()
    asked.length = 0
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })

  /** Opens another one on the same store, with `methods` in the place of its own. */
  function open(options: Partial<AccessOptions> = {}, methods: Partial<AccessStore> = {}): Access {
    const store = aroundEach({ ...used.store.access, ...methods }, (name, call) => async (...args) => {
      asked.push(name)
      if (isAway) throw new HistoryUnavailableError('unreachable')
      return call(...args)
    })
    const log = createLog('silent')
    const made = createAccess({ store, clock, log, withoutKey: 'never', tokens: null, ...options })
    opened.push(made)
    return made
  }

  return {
    open,
    get access() {
      return access
    },
    get clock() {
      return clock
    },
    /** As who administers it sees it, whether it is away or not. */
    get store(): JobStore['access'] {
      return used.store.access
    },
    away(now: boolean) {
      isAway = now
    },
    /** What was asked of the store since this was last called. */
    asks: () => asked.splice(0),
    make: (wish: Partial<KeyWish> = {}) => makeKey(used.store.access, wish, clock.now()),
    /** One that is in no store. */
    madeUp: () => makeKey({ ...used.store.access, addKey: async () => {} }, {}, clock.now()),
    revoke: (id: string) =>
      revokeKey({ store: used.store.access, clock }, id, null, { actor: 'a test', address: null }),
    keyOf: async (id: string) => (await used.store.access.keysOf([id]))[0],
    /** The viewer, or why there is none. */
    answerTo: (credential: string | null, by = access): Promise<unknown> =>
      by.identify(credential).catch((error: unknown) => error),
  }
}

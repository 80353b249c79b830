import type { JWTVerifyGetKey } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../jobs/clock.ts'
import { localTenant } from '../jobs/tenant.ts'
import type { Logger } from '../log.ts'
import { AccessEndedError, UnauthenticatedError } from './error.ts'
import { type AccessKey, hashOf, isKey } from './key.ts'
import type { AccessStore } from './store.ts'
import { isTicket, viewerOfTicket } from './ticket.ts'
import { type TokenRules, toleranceMs, viewerOfToken } from './token.ts'
import { scopes, type Viewer } from './viewer.ts'

export interface AccessOptions {
  readonly store: Pick<AccessStore, 'keyOfHash' | 'keysOf' | 'hasKeys' | 'takeTicket' | 'touchKeys'>
  readonly clock: Clock
  readonly log: Logger
  /** Who needs no key: everyone, as long as there is no other way in, or nobody. */
  readonly withoutKey: 'always' | 'unless-keys-exist' | 'never'
  /** Null where no identity provider is configured. */
  readonly tokens: { readonly rules: TokenRules; readonly keys: JWTVerifyGetKey } | null
}

/** Who asks, and how long they may. */
export interface Access {
  /**
   * Who shows this key, token or ticket; null is none. A ticket is used up by it.
   *
   * @throws UnauthenticatedError, IdentityUnavailableError, HistoryUnavailableError
   */
  identify(credential: string | null): Promise<Viewer>
  /** Calls `end` once if the viewer's rights end, at most 30 seconds later; answers a function that calls it off. */
  watch(viewer: Viewer, end: (error: AccessEndedError) => void): () => void
  /** Writes down which keys were used, and stops. */
  close(): Promise<void>
}

/** A key that was read, or a token that was checked, is believed for so long: also after it was revoked. */
const believedMs = 10_000 // 10 seconds
const mostBelieved = 10_000
/** How often the rights behind streams are checked, and the use of keys is written. */
const sweepMs = 10_000 // 10 seconds
const touchMs = 60_000 // 1 minute

export function createAccess(options: AccessOptions): Access {
  const { store, clock, log, tokens } = options
  const believed = new LRUCache<string, { readonly viewer: Viewer | null; readonly until: number }>({
    max: mostBelieved,
  })
  const used = new Set<string>()
  const watched = new Map<(error: AccessEndedError) => void, Viewer>()
  let keysExist: { readonly answer: boolean; readonly until: number } | null = null
  let touchedAt = clock.now()
  let cancel = clock.after(sweepMs, sweepAgain)

  async function isOpen(): Promise<boolean> {
    if (options.withoutKey !== 'unless-keys-exist') return options.withoutKey === 'always'
    if (keysExist === null || (!keysExist.answer && keysExist.until <= clock.now()))
      keysExist = { answer: await store.hasKeys(), until: clock.now() + believedMs }
    return !keysExist.answer
  }

  /** Whose it is that was shown, which is believed for a while: to check a signature costs more than most operations. */
  async function viewerBy(shown: string, find: (hash: string) => Promise<Viewer | null>): Promise<Viewer> {
    const hash = hashOf(shown)
    const known = believed.get(hash)
    if (known && known.until > clock.now()) return usable(known.viewer)
    const viewer = await find(hash)
    believed.set(hash, { viewer, until: clock.now() + believedMs })
    return usable(viewer)
  }

  async function viewerOfKey(hash: string): Promise<Viewer | null> {
    const key = await store.keyOfHash(hash)
    return key?.revokedAt === null ? viewerOf(key) : null
  }

  async function viewerOfShown(shown: string): Promise<Viewer> {
    const ticket = await store.takeTicket(hashOf(shown), clock.now())
    if (ticket === null) throw new UnauthenticatedError()
    const viewer = viewerOfTicket(ticket)
    // It dies with what made it.
    const isRevoked = await findRevoked([viewer])
    if (isOver(viewer, clock.now()) || isRevoked(viewer)) throw new UnauthenticatedError()
    return viewer
  }

  function usable(viewer: Viewer | null): Viewer {
    if (viewer === null || isOver(viewer, clock.now())) throw new UnauthenticatedError()
    if (viewer.kind === 'key') used.add(viewer.id)
    return viewer
  }

  /** Finds out whose rights were taken away. Whoever is not among these, such as who came meanwhile, keeps them. */
  async function findRevoked(viewers: readonly Viewer[]): Promise<(viewer: Viewer) => boolean> {
    const gone = new Set(viewers.filter(({ kind }) => kind === 'key').map(({ id }) => id))
    if (gone.size > 0) {
      const keys = await store.keysOf([...gone])
      for (const { id, revokedAt } of keys) if (revokedAt === null) gone.delete(id)
    }
    const isClosed = viewers.some(({ kind }) => kind === 'local') && !(await isOpen())
    return ({ kind, id }) => (kind === 'key' ? gone.has(id) : kind === 'local' && isClosed)
  }

  function endStreams(why: AccessEndedError['why'], hasEnded: (viewer: Viewer) => boolean): void {
    for (const [end, viewer] of watched) {
      if (!hasEnded(viewer)) continue
      watched.delete(end)
      end(new AccessEndedError(why))
    }
  }

  /** Ends the streams of those whose rights have ended. */
  async function sweep(): Promise<void> {
    // For that nobody needs to be asked.
    endStreams('expired', (viewer) => isOver(viewer, clock.now()))
    endStreams('revoked', await findRevoked([...watched.values()]))
    if (clock.now() - touchedAt >= touchMs) await touch()
  }

  async function touch(): Promise<void> {
    touchedAt = clock.now()
    const ids = [...used]
    if (ids.length > 0) await store.touchKeys(ids, touchedAt)
    for (const id of ids) used.delete(id)
  }

  function sweepAgain(): void {
    sweep()
      // That the history is away, its own lines say; the next sweep makes up for it.
      .catch((error: unknown) => log.debug({ err: error }, 'rights cannot be checked'))
      .finally(() => {
        if (!closed) cancel = clock.after(sweepMs, sweepAgain)
      })
  }
  let closed = false

  return {
    async identify(credential) {
      if (credential === null) {
        if (await isOpen()) return localViewer
        throw new UnauthenticatedError()
      }
      if (isKey(credential)) return viewerBy(credential, viewerOfKey)
      if (isTicket(credential)) return viewerOfShown(credential)
      if (tokens === null) throw new UnauthenticatedError()
      return viewerBy(credential, () => viewerOfToken(credential, tokens.rules, tokens.keys, clock))
    },
    watch(viewer, end) {
      watched.set(end, viewer)
      return () => void watched.delete(end)
    },
    async close() {
      closed = true
      cancel()
      await touch().catch(() => {}) // When a key was last used is not worth an error of the stop.
    },
  }
}

const localViewer: Viewer = {
  tenant: localTenant,
  kind: 'local',
  id: 'local',
  name: 'whoever reaches this gateway',
  scopes: new Set(scopes),
  expiresAt: null,
}

const viewerOf = ({ id, tenant, name, scopes, expiresAt }: AccessKey): Viewer => ({
  tenant,
  kind: 'key',
  id,
  name,
  scopes: new Set(scopes),
  expiresAt,
})

/** Whether the time of a viewer's rights is over: a token is accepted for a while longer than it says. */
function isOver({ kind, expiresAt }: Viewer, now: number): boolean {
  return expiresAt !== null && expiresAt + (kind === 'token' ? toleranceMs : 0) <= now
}

import type { Clock } from '../jobs/clock.ts'
import type { RandomBytes } from '../jobs/id.ts'
import type { TenantId } from '../jobs/tenant.ts'
import type { Audit } from './audit.ts'
import { AccessKeyError, AccessKeyNotFoundError } from './error.ts'
import { type AccessKey, drawKey, type Environment, hashOf, hintOf } from './key.ts'
import type { AccessStore, AuditEntry, NumberedEntry } from './store.ts'
import { newTenant } from './tenants.ts'
import { labelOf, type Scope, type Viewer } from './viewer.ts'

/** What somebody wants a key for. */
export interface KeyWish {
  readonly name: string
  readonly tenant: TenantId
  readonly scopes: readonly Scope[]
  /** After how long it lets nobody in any more; null for never. */
  readonly lifeMs: number | null
}

export interface KeyOptions {
  readonly store: AccessStore
  readonly clock: Pick<Clock, 'now'>
  readonly random: RandomBytes
  readonly environment: Environment
}

const longestName = 100
const shortestLifeMs = 60_000 // 1 minute
const longestLifeMs = 10 * 366 * 24 * 3_600_000 // 10 years

/** Who does something, and from where. */
export type Actor = Pick<AuditEntry, 'actor' | 'address'>

const entryOf = (action: string, { id, tenant }: AccessKey, at: number, by: Actor): AuditEntry => ({
  at,
  tenant,
  ...by,
  action,
  target: id,
  result: 'OK',
})

/** Revokes a key of this tenant, or of any where none is named; null where there is none with this id. */
export async function revokeKey(
  { store, clock }: Pick<KeyOptions, 'store' | 'clock'>,
  id: string,
  tenant: TenantId | null,
  by: Actor,
): Promise<AccessKey | null> {
  const [key] = await store.keysOf([id])
  if (!key || (tenant !== null && key.tenant !== tenant)) return null
  await store.revokeKey(id, clock.now(), entryOf('revokeAccessKey', key, clock.now(), by))
  return (await store.keysOf([id]))[0] ?? null
}

/** Makes a key; what it is stands in the answer alone, and nowhere else. */
export async function createKey(
  options: KeyOptions,
  wish: KeyWish,
  by: Actor,
): Promise<{ readonly key: AccessKey; readonly secret: string }> {
  const { store, clock, random, environment } = options
  checkWish(wish)
  const now = clock.now()
  const secret = drawKey(environment, random)
  const key: AccessKey = {
    id: `key_${Buffer.from(random(new Uint8Array(12))).toString('hex')}`,
    tenant: wish.tenant,
    hash: hashOf(secret),
    hint: hintOf(secret),
    name: wish.name,
    scopes: [...new Set(wish.scopes)],
    createdBy: by.actor,
    createdAt: now,
    expiresAt: wish.lifeMs === null ? null : now + Math.round(wish.lifeMs),
    revokedAt: null,
    lastUsedAt: null,
  }
  await store.addTenant(newTenant(wish.tenant, now))
  await store.addKey(key, entryOf('createAccessKey', key, now, by))
  return { key, secret }
}

function checkWish({ name, scopes, lifeMs }: KeyWish): void {
  // It stands in logs and terminals.
  if (!/^[^\p{C}\p{Z}]([^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u.test(name) || name.length > longestName)
    throw new AccessKeyError(`A key needs a name of 1 to ${longestName} visible characters.`)
  if (scopes.length === 0) throw new AccessKeyError('A key needs at least one scope.')
  if (lifeMs !== null && !(lifeMs >= shortestLifeMs && lifeMs <= longestLifeMs))
    throw new AccessKeyError('A key lasts from one minute to ten years, or for ever.')
}

/** What an administrator may do with the keys of the own tenant. */
export interface KeyAdmin {
  /** @throws AccessKeyError if the key could do more than its maker, or outlive the maker's own rights */
  create(wish: Omit<KeyWish, 'tenant'>): Promise<{ readonly key: AccessKey; readonly secret: string }>
  list(): Promise<readonly AccessKey[]>
  /** Null where there is none with this id. */
  revoke(id: string): Promise<AccessKey | null>
  /** What was done with keys of the own tenant: newest first, before a place. */
  audit(before: number | null, limit: number): Promise<readonly NumberedEntry[]>
}

/** @param refused writes down what was not done: what is done has its entry in the same transaction */
export function createKeyAdmin(
  options: KeyOptions,
  viewer: Viewer,
  address: string | null,
  refused: Audit,
): KeyAdmin {
  const { store, clock } = options
  const { tenant } = viewer
  const by = { actor: labelOf(viewer), address }
  async function create(wish: Omit<KeyWish, 'tenant'>) {
    const beyond = wish.scopes.filter((scope) => !viewer.scopes.has(scope))
    if (beyond.length > 0)
      throw new AccessKeyError(
        `A key cannot do more than who makes it: you do not have ${beyond.join(', ')}.`,
      )
    const endsAt = wish.lifeMs === null ? Number.POSITIVE_INFINITY : clock.now() + wish.lifeMs
    // Who signed in may make one that stays. A key must not make itself last.
    if (viewer.kind === 'key' && viewer.expiresAt !== null && endsAt > viewer.expiresAt)
      throw new AccessKeyError('A key cannot last longer than the one that makes it: set `expiresInDays`.')
    return createKey(options, { ...wish, tenant }, by)
  }

  return {
    async create(wish) {
      try {
        return await create(wish)
      } catch (error) {
        if (error instanceof AccessKeyError) await refused('createAccessKey', null, error.code)
        throw error
      }
    },
    list: () => store.keys(tenant),
    async revoke(id) {
      const key = await revokeKey(options, id, tenant, by)
      if (key === null) await refused('revokeAccessKey', id, new AccessKeyNotFoundError(id).code)
      return key
    },
    audit: (before, limit) => store.audit(tenant, before, limit),
  }
}

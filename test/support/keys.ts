import { createKey, type KeyWish } from '../../src/access/keys.ts'
import type { AccessStore } from '../../src/access/store.ts'
import { scopes } from '../../src/access/viewer.ts'
import { type TenantId, tenantOf } from '../../src/jobs/tenant.ts'

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes)

export function tenant(name: string): TenantId {
  const made = tenantOf(name)
  if (made === null) throw new Error(`${name} can be no tenant`)
  return made
}

/** Makes a key that may do everything for the tenant `acme`, but for `wish`; as if it were `now`. */
export async function makeKey(store: AccessStore, wish: Partial<KeyWish> = {}, now = Date.now()) {
  const options = { store, clock: { now: () => now }, random, environment: 'test' } as const
  const whole = { name: 'a key', tenant: tenant('acme'), scopes, lifeMs: null, ...wish }
  return createKey(options, whole, { actor: 'a test', address: null })
}

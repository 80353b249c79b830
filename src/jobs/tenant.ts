declare const brand: unique symbol

/** Whose jobs they are. Only what opens a history for somebody makes one; nothing else turns a text into it. */
export type TenantId = string & { readonly [brand]: true }

/** The one of a gateway that asks nobody who they are. */
export const localTenant = 'local' as TenantId

const form = /^[a-z0-9][a-z0-9_.-]{0,62}$/

/** What the name of a tenant has to be, in words. */
export const tenantForm =
  'up to 63 small letters, digits, dots, hyphens and underscores, a letter or digit first'

/** The tenant of this name; null where it can be none. */
export function tenantOf(name: unknown): TenantId | null {
  return typeof name === 'string' && form.test(name) ? (name as TenantId) : null
}

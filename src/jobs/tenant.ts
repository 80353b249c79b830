declare const brand: unique symbol

/** Whose jobs they are. Only what opens a history for somebody makes one; nothing else turns a text into it. */
export type TenantId = string & { readonly [brand]: true }

/** The one that every job belongs to. */
export const localTenant = 'local' as TenantId

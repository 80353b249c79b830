import type { TenantId } from '../jobs/tenant.ts'

/** What a viewer may do. One does not include another. */
export const scopes = ['jobs:read', 'jobs:write', 'uploads:write', 'admin'] as const
export type Scope = (typeof scopes)[number]

export function isScope(word: unknown): word is Scope {
  return (scopes as readonly unknown[]).includes(word)
}

/** Who asks. */
export interface Viewer {
  readonly tenant: TenantId
  /**
   * `local`: whoever reaches a gateway that asks nobody. `key`: a key of the gateway. `token`: somebody whom the identity
   * provider knows.
   */
  readonly kind: 'local' | 'key' | 'token'
  /** Of the key, or the subject of the token: what stands in the log, in timelines and in the audit log. No secret. */
  readonly id: string
  /** For people. */
  readonly name: string
  readonly scopes: ReadonlySet<Scope>
  /** When the rights end by themselves, in milliseconds since 1970; null for never. */
  readonly expiresAt: number | null
  /** Of who comes with a ticket: the jobs that may be followed by it, null for all. */
  readonly follows?: readonly string[] | null
}

/** The viewer as one word for logs, timelines and the audit log. */
export function labelOf({ kind, id }: Viewer): string {
  return kind === 'local' ? 'local' : `${kind} ${id}`
}

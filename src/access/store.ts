import type { TenantId } from '../jobs/tenant.ts'
import type { AccessKey } from './key.ts'
import type { Tenant, TenantChange } from './tenants.ts'
import type { Viewer } from './viewer.ts'

/** Who did what, when, from where, and what came of it. */
export interface AuditEntry {
  readonly at: number
  readonly tenant: TenantId
  /** As `labelOf` says. */
  readonly actor: string
  /** The mutation, or the command. */
  readonly action: string
  /** What it was done to: the id of a key or of a job; null where it made something that has none yet. */
  readonly target: string | null
  /** Of the other end of the connection; null on the command line. */
  readonly address: string | null
  /** `OK`, or the code of the error. */
  readonly result: string
}

/** An entry with its place in the order of all of them. */
export interface NumberedEntry extends AuditEntry {
  readonly sequence: number
}

/** A ticket as it is kept: what whoever shows it first may do, in the name of who made it. */
export interface Ticket {
  /** SHA-256 of it. */
  readonly hash: string
  readonly tenant: TenantId
  readonly kind: Viewer['kind']
  readonly viewerId: string
  readonly name: string
  /** The jobs that may be followed by it; null for all. */
  readonly jobIds: readonly string[] | null
  /** Until when it can be shown. */
  readonly expiresAt: number
  /** When the rights end of who made it; null for never. */
  readonly endsAt: number | null
}

/** What is kept of tenants. */
export interface TenantStore {
  tenant(id: TenantId): Promise<Tenant | null>
  /** By their names. */
  tenants(): Promise<readonly Tenant[]>
  /** Adds it with the entry that tells of it, if there is one; what is there already stays as it is. */
  addTenant(tenant: Tenant, entry?: AuditEntry): Promise<void>
  /** Changes it and adds the entry, or neither. */
  changeTenant(id: TenantId, change: TenantChange, entry: AuditEntry): Promise<void>
}

/** What is kept of tenants and keys, and of what was done with them. */
export interface AccessStore extends TenantStore {
  /** Adds the key and the entry that tells of it, or neither. */
  addKey(key: AccessKey, entry: AuditEntry): Promise<void>
  keyOfHash(hash: string): Promise<AccessKey | null>
  /** Newest first; of all tenants where none is named. */
  keys(tenant: TenantId | null): Promise<readonly AccessKey[]>
  keysOf(ids: readonly string[]): Promise<readonly AccessKey[]>
  /** Whether there is any key, also one that lets nobody in any more. */
  hasKeys(): Promise<boolean>
  /** Revokes a key and adds the entry, or neither. One that is revoked stays so, since when it was. */
  revokeKey(id: string, now: number, entry: AuditEntry): Promise<void>
  /** When keys were last used. */
  touchKeys(ids: readonly string[], now: number): Promise<void>
  addEntry(entry: AuditEntry): Promise<void>
  /** Newest first, before a place. */
  audit(tenant: TenantId, before: number | null, limit: number): Promise<readonly NumberedEntry[]>
  addTicket(ticket: Ticket): Promise<void>
  /** Takes a ticket, so that nobody can take it again; null if there is none. Forgets those that were not taken in time. */
  takeTicket(hash: string, now: number): Promise<Ticket | null>
  /** The secret of this name, which all gateways share: `value` if there was none. */
  secret(name: string, value: string): Promise<string>
}

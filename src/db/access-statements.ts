import type { AccessKey } from '../access/key.ts'
import type { AccessStore, AuditEntry, NumberedEntry, Ticket } from '../access/store.ts'
import type { Tenant, TenantChange } from '../access/tenants.ts'
import type { TenantId } from '../jobs/tenant.ts'
import {
  accessKeyColumns,
  auditColumns,
  type Columns,
  nameOf,
  secretColumns,
  tenantColumns,
  ticketColumns,
} from './columns.ts'
import type { Run } from './reader.ts'
import {
  aNumber,
  type Dialect,
  type Id,
  type Ids,
  insertInto,
  named,
  one,
  type Statement,
  selected,
  writing,
} from './statements.ts'

const numbered: Columns = { ...auditColumns, sequence: aNumber }
type Secret = { readonly name: string; readonly value: string }

function createStatements({ isIn, time, maybe }: Dialect) {
  const key = selected(accessKeyColumns)
  const tenant = selected(tenantColumns)
  return named({
    addKey: writing<AccessKey, never>(insertInto('access_keys', accessKeyColumns), accessKeyColumns),
    keyOfHash: one<{ readonly hash: string }, AccessKey>(
      `SELECT ${key} FROM access_keys WHERE hash = :hash`,
      accessKeyColumns,
    ),
    keys: one<{ readonly tenant: TenantId | null }, AccessKey>(
      `SELECT ${key} FROM access_keys WHERE ${maybe('tenant')} IS NULL OR tenant = ${maybe('tenant')}
      ORDER BY created_at DESC, id DESC`,
      accessKeyColumns,
    ),
    keysOf: one<Ids, AccessKey>(
      `SELECT ${key} FROM access_keys WHERE ${isIn('id', 'ids')}`,
      accessKeyColumns,
    ),
    anyKey: one<object, Id>('SELECT id FROM access_keys LIMIT 1'),
    revokeKey: one<Id & { readonly now: number }, never>(
      `UPDATE access_keys SET revoked_at = ${time('now')} WHERE id = :id AND revoked_at IS NULL`,
    ),
    // The clocks of several gateways differ: the latest use is the last.
    touchKeys: one<Ids & { readonly now: number }, never>(
      `UPDATE access_keys SET last_used_at = ${time('now')}
      WHERE ${isIn('id', 'ids')} AND (last_used_at IS NULL OR last_used_at < ${time('now')})`,
    ),
    addEntry: writing<AuditEntry, never>(insertInto('audit', auditColumns), auditColumns),
    audit: one<{ readonly tenant: TenantId; readonly before: number; readonly limit: number }, NumberedEntry>(
      `SELECT ${selected(auditColumns)}, sequence FROM audit
      WHERE tenant = :tenant AND sequence < ${time('before')} ORDER BY sequence DESC LIMIT :limit`,
      numbered,
    ),
    addTicket: writing<Ticket, never>(insertInto('tickets', ticketColumns), ticketColumns),
    takeTicket: one<{ readonly hash: string; readonly now: number }, Ticket>(
      `DELETE FROM tickets WHERE hash = :hash AND expires_at > ${time('now')} RETURNING ${selected(ticketColumns)}`,
      ticketColumns,
    ),
    forgetTickets: one<{ readonly now: number }, never>(
      `DELETE FROM tickets WHERE expires_at <= ${time('now')}`,
    ),
    addSecret: writing<Secret, never>(
      `${insertInto('secrets', secretColumns)} ON CONFLICT (name) DO NOTHING`,
      secretColumns,
    ),
    tenant: one<Id, Tenant>(`SELECT ${tenant} FROM tenants WHERE id = :id`, tenantColumns),
    tenants: one<object, Tenant>(`SELECT ${tenant} FROM tenants ORDER BY id`, tenantColumns),
    addTenant: writing<Tenant, never>(
      `${insertInto('tenants', tenantColumns)} ON CONFLICT (id) DO NOTHING`,
      tenantColumns,
    ),
    secret: one<{ readonly name: string }, Secret>(
      `SELECT ${selected(secretColumns)} FROM secrets WHERE name = :name`,
      secretColumns,
    ),
  })
}

/** Writes what is said of a tenant, and nothing else. */
function changeTenant(change: TenantChange): Statement<TenantChange & Id, never> {
  const values = Object.keys(change).map((name) => `${nameOf(name)} = :${name}`)
  return {
    name: 'changeTenant',
    text: `UPDATE tenants SET ${values} WHERE id = :id`,
    columns: {},
    values: tenantColumns,
  }
}

/** A statement with its parameters, to be run with others. */
export type Write = readonly [statement: Statement<never, never>, parameters: object]

/** A write for `together`, whose types agree. */
const write = <P extends object>(statement: Statement<P, never>, parameters: P): Write => [
  statement as Statement<never, never>,
  parameters,
]

/** What is kept of keys and of what was done with them, on either database. */
export function createAccessStore(options: {
  readonly dialect: Dialect
  readonly run: Run
  /** Runs all of them in one transaction, which lasts. */
  readonly together: (writes: readonly Write[]) => Promise<void>
}): AccessStore {
  const { dialect, run, together } = options
  const statements = createStatements(dialect)
  return {
    addKey: (key, entry) => together([write(statements.addKey, key), write(statements.addEntry, entry)]),
    keyOfHash: async (hash) => (await run(statements.keyOfHash, { hash }))[0] ?? null,
    keys: (tenant) => run(statements.keys, { tenant }),
    keysOf: (ids) => run(statements.keysOf, { ids }),
    hasKeys: async () => (await run(statements.anyKey, {})).length > 0,
    revokeKey: (id, now, entry) =>
      together([write(statements.revokeKey, { id, now }), write(statements.addEntry, entry)]),
    async touchKeys(ids, now) {
      await run(statements.touchKeys, { ids, now })
    },
    async addEntry(entry) {
      await run(statements.addEntry, entry)
    },
    audit: (tenant, before, limit) =>
      run(statements.audit, { tenant, before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    async addTicket(ticket) {
      await run(statements.addTicket, ticket)
    },
    async takeTicket(hash, now) {
      const [ticket] = await run(statements.takeTicket, { hash, now })
      await run(statements.forgetTickets, { now })
      return ticket ?? null
    },
    tenant: async (id) => (await run(statements.tenant, { id }))[0] ?? null,
    tenants: () => run(statements.tenants, {}),
    addTenant: (tenant, entry) =>
      together([write(statements.addTenant, tenant), ...(entry ? [write(statements.addEntry, entry)] : [])]),
    changeTenant: (id, change, entry) =>
      together([write(changeTenant(change), { ...change, id }), write(statements.addEntry, entry)]),
    async secret(name, value) {
      const known = await run(statements.secret, { name })
      if (known[0]) return known[0].value
      await run(statements.addSecret, { name, value })
      return (await run(statements.secret, { name }))[0]?.value ?? value
    },
  }
}

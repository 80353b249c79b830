import type pg from 'pg'

/**
 * Roles of the database, made with the tables where whoever makes them may make roles. Nobody logs in as one: the gateway's
 * user is a member of both, and need own nothing.
 */
export const gatewayRole = 'wavespeed_gateway'
/** As which everything is read and written for a tenant: it sees the rows of the tenant that its session names. */
export const tenantRole = 'wavespeed_tenant'

/** Names the tenant of a session. */
export const tenantSetting = 'wavespeed.tenant'

const allTables = 'SELECT, INSERT, UPDATE, DELETE'
/** Tables of which a tenant sees its own rows. */
const ofTenants = ['jobs', 'changes', 'submissions', 'uploads', 'usage'] as const
/** Tables that hold nothing of tenants but ids, and that follow the others. */
const besides = ['due'] as const
/** Tables of the gateway alone, and what it may do there. */
const ofGateway = {
  tenants: allTables,
  turns: allTables,
  holds: allTables,
  durations: allTables,
  access_keys: allTables,
  tickets: allTables,
  secrets: allTables,
  // It is only added to.
  audit: 'SELECT, INSERT',
  wavespeed_migrations: 'SELECT',
} as const

/** A race with another database of the same server, whose gateways make the same roles. */
const makeRole = (role: string) => `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN; END IF;
    IF NOT pg_has_role(current_user, '${role}', 'MEMBER') THEN GRANT ${role} TO CURRENT_USER; END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
  END $$;`

/** A setting that was never set is null, and one that a transaction had set is empty: both see nothing. */
const isOwn = `tenant = (SELECT nullif(current_setting('${tenantSetting}', true), ''))`

const guard = (table: string) => `
  ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
  DROP POLICY IF EXISTS of_tenant ON ${table};
  CREATE POLICY of_tenant ON ${table} TO ${tenantRole} USING (${isOwn}) WITH CHECK (${isOwn});
  DROP POLICY IF EXISTS of_gateway ON ${table};
  CREATE POLICY of_gateway ON ${table} TO ${gatewayRole} USING (true) WITH CHECK (true);`

const grant = (table: string, rights: string, roles: string) => `GRANT ${rights} ON ${table} TO ${roles};`

/**
 * Makes the roles, and says what they may do. Where the user may make no roles, and nobody else has, nothing is changed: then
 * the code alone keeps tenants apart.
 *
 * @param client of who owns the tables
 */
export async function makeRoles(client: pg.Client): Promise<void> {
  await client.query(makeRole(gatewayRole) + makeRole(tenantRole))
  const { rows } = await client.query('SELECT FROM pg_roles WHERE rolname = ANY($1)', [
    [gatewayRole, tenantRole],
  ])
  if (rows.length < 2) return
  const both = `${gatewayRole}, ${tenantRole}`
  const statements = [
    ...ofTenants.map((table) => grant(table, allTables, both) + guard(table)),
    ...besides.map((table) => grant(table, allTables, both)),
    ...Object.entries(ofGateway).map(([table, rights]) => grant(table, rights, gatewayRole)),
  ]
  await client.query(`BEGIN; ${statements.join('\n')} COMMIT;`)
}

/** What keeps tenants apart in the database, as its user finds it. */
export interface Wall {
  /** Whether rows are read and written as `tenantRole`. */
  readonly stands: boolean
  /** What the user may do that would let it around the wall, in words; empty if nothing. */
  readonly around: readonly string[]
}

interface Found {
  readonly name: string
  readonly superuser: boolean
  readonly bypasses: boolean
  readonly owns: boolean
  readonly guarded: boolean
  readonly gateway: boolean
  /** Whether it is a member of the tenants' role. */
  readonly role: boolean
}

/** @throws Error with a sentence for people if the user would see no rows at all */
export async function findWall(client: Pick<pg.ClientBase, 'query'>): Promise<Wall> {
  const { rows } = await client.query<Found>(`
    SELECT current_user::text AS name, rolsuper AS superuser, rolbypassrls AS bypasses,
      (SELECT relrowsecurity FROM pg_class WHERE oid = 'jobs'::regclass) AS guarded,
      EXISTS (SELECT FROM pg_roles AS roles WHERE roles.rolname = '${gatewayRole}'
        AND pg_has_role(current_user, roles.oid, 'MEMBER')) AS gateway,
      pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'jobs'::regclass), 'MEMBER') AS owns,
      EXISTS (SELECT FROM pg_roles AS roles WHERE roles.rolname = '${tenantRole}'
        AND pg_has_role(current_user, roles.oid, 'MEMBER')
        AND has_table_privilege(roles.oid, 'jobs', 'SELECT')) AS role
    FROM pg_roles WHERE rolname = current_user`)
  const [found] = rows
  if (!found) return { stands: false, around: [] }
  if (found.guarded && !(found.superuser || found.bypasses || found.owns || found.gateway))
    throw new Error(
      `The user ${found.name} of the history's database is no member of the roles of a gateway, and would see no rows: run ` +
        `GRANT ${gatewayRole}, ${tenantRole} TO "${found.name}" as the owner of the tables.`,
    )
  const around = [
    found.superuser && 'is a superuser',
    found.bypasses && !found.superuser && 'bypasses row-level security',
    found.owns && !found.superuser && 'owns the tables',
  ].filter((one) => one !== false)
  return { stands: found.role && (await canBecome(client)), around }
}

/** From PostgreSQL 16 on a member need not be allowed to take a role on. */
async function canBecome(client: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
  try {
    await client.query(`SET ROLE ${tenantRole}`)
    return true
  } catch {
    return false
  } finally {
    await client.query('RESET ROLE')
  }
}

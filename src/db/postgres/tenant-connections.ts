import pg from 'pg'
import type { TenantId } from '../../jobs/tenant.ts'
import { tenantRole, tenantSetting } from './roles.ts'

/** As much of a pool as statements need. */
export interface Connections {
  query(config: pg.QueryConfig): Promise<pg.QueryResult>
  connect(): Promise<pg.PoolClient>
}

/**
 * Connections of a pool of their own that see the rows of one tenant. A session stays with the tenant it was last for: it is told
 * again only for another one, before any transaction, so that no rollback takes it back.
 */
export function createTenantConnections(pool: pg.Pool): (tenant: TenantId) => Connections {
  const sessions = new WeakMap<pg.PoolClient, TenantId>()

  async function connect(tenant: TenantId): Promise<pg.PoolClient> {
    const client = await pool.connect()
    if (sessions.get(client) === tenant) return client
    try {
      sessions.delete(client)
      await client.query(
        `SET ROLE ${tenantRole}; SELECT set_config('${tenantSetting}', ${pg.escapeLiteral(tenant)}, false)`,
      )
      sessions.set(client, tenant)
      return client
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  return (tenant) => ({
    connect: () => connect(tenant),
    async query(config) {
      const client = await connect(tenant)
      let broken = true
      try {
        const result = await client.query(config)
        broken = false
        return result
      } finally {
        client.release(broken)
      }
    },
  })
}

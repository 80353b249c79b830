import pg from 'pg'
import type { PostgresStore } from './stores.ts'

/** A statement that was asked, and how PostgreSQL reads what it needs. */
export interface Planned {
  readonly name: string
  readonly plan: string
}

/** As it is written into a statement. */
function literal(value: unknown): string {
  if (value === null) return 'NULL'
  const text = Array.isArray(value) ? `{${value.map((one) => JSON.stringify(one)).join(',')}}` : String(value)
  return pg.escapeLiteral(text)
}

/**
 * Tells the plans of the statements that a question takes, as they are after many times of asking.
 *
 * @param store with pools of one connection, so that what it has prepared can be explained on it
 */
export async function watchPlans(
  store: PostgresStore,
): Promise<(ask: (time: number) => unknown) => Promise<readonly Planned[]>> {
  let asked: { readonly name: string; readonly values: readonly unknown[]; readonly pool: pg.Pool }[] = []
  for (const pool of [store.pool, store.tenantPool]) {
    const client = await pool.connect()
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    Object.assign(client, {
      query(config: { name?: string; values?: unknown[] }, ...rest: unknown[]) {
        if (config.name && config.values) asked.push({ name: config.name, values: config.values, pool })
        return query(config, ...rest)
      },
    })
    client.release()
  }

  return async (ask) => {
    for (let time = 0; time < 8; time += 1) {
      asked = []
      await ask(time)
    }
    const plans: Planned[] = []
    for (const { name, values, pool } of [...asked]) {
      const bound = values.length > 0 ? `(${values.map(literal).join(', ')})` : ''
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE "${name}"${bound}`)
      plans.push({
        name: name.replace(/_\d+$/, ''),
        plan: withoutWall(rows.map((line) => line['QUERY PLAN'])).join('\n'),
      })
    }
    return plans
  }
}

/** A plan without what compares the tenant of the session with that of the statement, once. */
function withoutWall(lines: readonly string[]): string[] {
  const isOfWall = /^ *(-> +)?Result |^ *InitPlan \d+$|^ *One-Time Filter: \(+InitPlan/
  const rest = lines.filter((line) => !isOfWall.test(line))
  return rest.map((line, index) => (index === 0 ? line.replace(/^ *-> +/, '') : line))
}

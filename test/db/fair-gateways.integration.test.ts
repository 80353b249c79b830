import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDatabase, type Database } from '../support/databases.ts'
import { decide, openPostgresStore, type PostgresStore } from '../support/stores.ts'
import { recordOf } from '../support/tenants.ts'

const waiting = { many: 60, more: 30, ten: 10, one: 1 } as const
type Name = keyof typeof waiting
const names = Object.keys(waiting) as Name[]

let database: Database
let gateways: PostgresStore[]
beforeEach(async () => {
  database = await createDatabase()
  gateways = await Promise.all([1, 2, 3].map(() => openPostgresStore({ url: database.url, connections: 4 })))
})
afterEach(async () => {
  await Promise.all(gateways.map((store) => store.close()))
  await database.drop()
})

/** Claims until nothing waits, three times side by side. */
async function claimAll(store: PostgresStore, owner: string): Promise<void> {
  async function lane(): Promise<void> {
    for (let now = 5_000; ; now += 1) {
      const claim = await store.claim({
        now,
        limits: { concurrency: 1_000, videosPerMinute: 1_000 },
        windowStart: 0,
        lease: { owner, until: 1_000_000 },
        decide: decide({ type: 'claimed' }, now),
      })
      if (claim.kind === 'wait' && (await store.waitingSince()) === null) return
    }
  }
  await Promise.all([lane(), lane(), lane()])
}

it('three gateways that claim at once serve tenants as one would', async () => {
  const [first] = gateways as [PostgresStore]
  let place = 0
  for (const name of names)
    for (let index = 0; index < waiting[name]; index += 1) {
      place += 1
      await recordOf(first, name, place)
    }
  await Promise.all(gateways.map((store, index) => claimAll(store, `gateway ${index}`)))

  // In the order in which they were claimed: the numbers are taken under the lock.
  const { rows } = await first.pool.query<{ tenant: Name; jobId: string }>(
    `SELECT tenant, job_id AS "jobId" FROM changes WHERE state = 'SUBMITTING' ORDER BY sequence`,
  )
  const left = { ...waiting } as Record<Name, number>
  const expected: Name[] = []
  while (expected.length < place)
    for (const name of names) {
      if (left[name] > 0) expected.push(name)
      left[name] -= 1
    }
  expect(rows.map(({ tenant }) => tenant)).toEqual(expected)
  for (const name of names) {
    const numbers = rows.flatMap(({ tenant, jobId }) =>
      tenant === name ? Number(jobId.slice(name.length)) : [],
    )
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
  }
})

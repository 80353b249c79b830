import { setTimeout as pause } from 'node:timers/promises'
import { openPostgresStore } from '../../src/db/postgres/store.ts'
import { makeKey, tenant } from '../support/keys.ts'
import type { World } from './world.ts'

/** How many jobs of each tenant wait, who is there first being first. */
const waiting = { thousand: 1_000, ten: 10, one: 1 } as const
type Name = keyof typeof waiting
const names = Object.keys(waiting) as Name[]

/** In one request. */
const batch = 20
const endsWithinMs = 120_000 // 2 minutes

/**
 * Whoever waits gets its next place after one turn of each other tenant at the most, and after a claim that had begun when its
 * job was recorded.
 */
const mostBetween = names.length - 1 + 1

interface Step {
  readonly tenant: Name
  readonly jobId: string
  readonly state: string
}

/**
 * A thousand jobs of one tenant wait at three gateways when those of two others come: counts how many start before each of
 * theirs, by the change log. Answers what was found, and what is wrong with it.
 */
export async function serveTenants({ gateways, postgres, sandbox }: World) {
  const store = await openPostgresStore({ url: postgres.url, connections: 2 })
  try {
    for (const [index, name] of names.entries()) {
      const { secret } = await makeKey(store.access, { tenant: tenant(name) })
      const { url } = gateways[index % gateways.length] ?? { url: '' }
      for (let left = waiting[name]; left > 0; left -= batch)
        await create(url, secret, sandbox.clips.source, Math.min(left, batch))
    }
    const served = async () => {
      const { rows } = await store.pool.query<Step>(
        `SELECT tenant, job_id AS "jobId", state FROM changes WHERE state IN ('QUEUED', 'SUBMITTING')
        ORDER BY sequence`,
      )
      return rows
    }
    const end = Date.now() + endsWithinMs
    for (;;) {
      const steps = await served()
      const between = Object.fromEntries(names.slice(1).map((name) => [name, passedOver(steps, name)]))
      const isThrough = names.slice(1).every((name) => between[name]?.length === waiting[name])
      if (isThrough || Date.now() > end) {
        const wrong = names.slice(1).flatMap((name) => {
          const most = Math.max(...(between[name] ?? []))
          const started = between[name]?.length ?? 0
          return [
            ...(started < waiting[name] ? [`only ${started} jobs of ${name} started`] : []),
            ...(most > mostBetween ? [`${most} others started before one of ${name}`] : []),
          ]
        })
        const { peakTasks, concurrencyRefusals } = sandbox.ledger.counts()
        if (concurrencyRefusals > 0)
          wrong.push(`the account's limit was exceeded ${concurrencyRefusals} times`)
        return {
          figures: { 'others that started before each': between, 'most tasks at once': peakTasks },
          wrong,
        }
      }
      await pause(200)
    }
  } finally {
    await store.close()
  }
}

/** Of each job of a tenant that has started: how many of others did since it was the tenant's next. */
function passedOver(steps: readonly Step[], name: Name): number[] {
  const counts: number[] = []
  let recorded = 0
  let others = 0
  for (const { tenant, state } of steps) {
    if (tenant === name && state === 'QUEUED') recorded += 1
    else if (tenant === name) {
      counts.push(others)
      others = 0
    } else if (state === 'SUBMITTING' && recorded > counts.length) others += 1
  }
  return counts
}

async function create(url: string, secret: string, video: string, count: number): Promise<void> {
  const fields = Array.from(
    { length: count },
    (_, index) => `a${index}: createV2VLoraJob(input: { video: "${video}", prompt: "a fox" }) { __typename }`,
  )
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query: `mutation { ${fields.join(' ')} }` }),
  })
  const { data, errors } = (await response.json()) as {
    data?: Record<string, { __typename: string }>
    errors?: object[]
  }
  const made = Object.values(data ?? {}).filter(({ __typename }) => __typename === 'CreateV2VLoraJobSuccess')
  if (made.length !== count)
    throw new Error(`only ${made.length} of ${count} jobs: ${JSON.stringify(errors)}`)
}

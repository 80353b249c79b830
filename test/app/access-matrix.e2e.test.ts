/** Every operation, by whoever asks, on every protocol and both databases: a field without a row fails. */
import { isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { revokeKey } from '../../src/access/keys.ts'
import type { Scope } from '../../src/access/viewer.ts'
import { openSqliteAccess } from '../../src/db/sqlite/access.ts'
import { schema } from '../../src/schema/index.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { histories, openPostgresHistory } from '../support/histories.ts'
import { makeKey, tenant } from '../support/keys.ts'
import { type Operation, operations } from '../support/operations.ts'
import { type Answer, type Ask, askBy, protocols } from '../support/protocols.ts'

it('has a row for every operation of the schema', () => {
  const fields = ['Query', 'Mutation', 'Subscription'].flatMap((name) => {
    const type = schema.getType(name)
    return isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${name}.${field}`) : []
  })
  expect(Object.keys(operations).toSorted()).toEqual(fields.toSorted())
})

const unknownId = 'job_00000000000000000000000000'
const isStream = ({ operation }: Operation) => operation.startsWith('subscription')
const all: readonly Scope[] = ['jobs:read', 'jobs:write', 'uploads:write', 'admin']

describe.each(histories)('on %s', (name) => {
  let gateway: TestApp
  let keys: Record<'own' | 'other' | 'revoked' | 'expired', string>
  const lacking = new Map<Scope, string>()
  let jobId = ''
  const cleanups: (() => Promise<void> | void)[] = []

  beforeAll(async () => {
    const history = name === 'PostgreSQL' ? await openPostgresHistory(createFakeClock()) : null
    gateway = await createTestApp({ history, sandbox: { taskSeconds: 3_600 } })
    jobId = '' // made below, by its owner
    const { database } = gateway.config
    const opened =
      database.kind === 'sqlite'
        ? openSqliteAccess(database.file)
        : { access: history?.backends().access ?? fail(), close: () => {} }
    const store = opened.access
    const now = history ? history.backends().clock.now() : Date.now()
    const hour = 3_600_000
    const made = {
      own: await makeKey(store, {}, now),
      other: await makeKey(store, { tenant: tenant('rival') }, now),
      revoked: await makeKey(store, {}, now),
      expired: await makeKey(store, { lifeMs: hour }, now - 2 * hour),
    }
    await revokeKey({ store, clock: { now: () => now } }, made.revoked.key.id, null, {
      actor: 'a test',
      address: null,
    })
    keys = Object.fromEntries(Object.entries(made).map(([kind, { secret }]) => [kind, secret])) as typeof keys
    for (const scope of all) {
      const others = all.filter((one) => one !== scope)
      lacking.set(scope, (await makeKey(store, { scopes: others }, now)).secret)
    }
    cleanups.push(() => gateway.close(), opened.close)
    const { data } = await ask('http')(
      `mutation { createT2VLoraJob(input: { prompt: "a fox" }) { ... on CreateT2VLoraJobSuccess { job { id } } } }`,
      keys.own,
    )
    jobId = (data as { createT2VLoraJob: { job: { id: string } } }).createT2VLoraJob.job.id
  })
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  const fail = (): never => {
    throw new Error('there is a history')
  }
  const ask = (protocol: (typeof protocols)[number]): Ask => askBy(protocol, () => gateway.url)
  const codeOf = ({ errors, code }: Answer) => code ?? errors?.[0]?.extensions?.['code'] ?? 'none'

  describe.each(protocols)('by %s', (protocol) => {
    const served = Object.entries(operations).filter(([, row]) => protocol !== 'http' || !isStream(row))

    it.each(served)('%s is only for who is signed in', async (_, { operation }) => {
      const query = operation.replace('ID', jobId)
      const wrong = `${keys.own.slice(0, -1)}${keys.own.endsWith('a') ? 'b' : 'a'}`
      for (const credential of [null, '', wrong, 'a.b.c', keys.revoked, keys.expired])
        expect([credential, codeOf(await ask(protocol)(query, credential))]).toEqual([
          credential,
          'UNAUTHENTICATED',
        ])
    })

    it.each(served)('%s needs its scope', async (_, { operation, scope }) => {
      const query = operation.replace('ID', jobId)
      if (scope !== null) {
        const refused = await ask(protocol)(query, lacking.get(scope) ?? '')
        expect([codeOf(refused), JSON.stringify(refused.errors)]).toEqual([
          'FORBIDDEN',
          expect.stringContaining(scope),
        ])
      }
      const own = await ask(protocol)(query, keys.own)
      expect(['UNAUTHENTICATED', 'FORBIDDEN']).not.toContain(codeOf(own))
      expect(own.data ?? own.errors).toBeTruthy()
    })

    it.each(served)("%s knows nothing of another tenant's job", async (_, { operation }) => {
      const strip = (answer: Answer, id: string) =>
        JSON.stringify(answer)
          .replaceAll(id, 'ID')
          .replace(/"requestId":"[^"]+"/g, '')
      const foreign = strip(await ask(protocol)(operation.replace('ID', jobId), keys.other), jobId)
      expect(foreign).not.toContain(jobId)
      if (!operation.includes('"ID"')) return
      const unknown = strip(await ask(protocol)(operation.replace('ID', unknownId), keys.other), unknownId)
      expect(foreign).toBe(unknown)
    })
  })

  it('nothing was made by who was refused', async () => {
    const { data } = await ask('http')('{ jobs(first: 100) { edges { node { id } } } }', keys.other)
    const { edges } = (data as { jobs: { edges: unknown[] } }).jobs
    // What the other tenant made itself, on four protocols and for each of four mutations; and nothing of `acme`.
    expect(edges.length).toBeGreaterThan(0)
    expect(JSON.stringify(edges)).not.toContain(jobId)
  })
})

/**
 * `npm run bench:access`: what it costs to find out who asks. Requests a second with a key and with a token over those without,
 * side by side in turns; and whether an id of another tenant takes longer than one that never was. Times of one run are for comparing its rows, not for quoting.
 */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Pool } from 'undici'
import { loadConfig } from '../src/config.ts'
import { openPostgresStore } from '../src/db/postgres/store.ts'
import { openSqliteAccess } from '../src/db/sqlite/access.ts'
import { createTestApp } from '../test/support/app.ts'
import { makeKey, tenant } from '../test/support/keys.ts'
import { postgresVersion, startPostgres, withPostgres } from '../test/support/servers/postgres.ts'
import { printTable, printVersions } from './table.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '5' } },
})
const roundMs = Number(values.seconds) * 1_000
const rounds = Number(values.rounds)
/** Requests under way at once. */
const atOnce = 16
const body = JSON.stringify({ query: '{ jobs(first: 1) { edges { node { id state } } } }' })

/** Keys of an identity provider, and a token that they signed. */
async function startProvider() {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }]
  const server = createServer((_, response) => response.end(JSON.stringify({ keys })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const token = await new SignJWT({ tenant: 'acme', scope: 'jobs:read' })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setSubject('somebody')
    .setIssuer('bench')
    .setAudience('bench')
    .setExpirationTime('1h')
    .sign(privateKey)
  const env = { AUTH_JWKS_URL: url, AUTH_ISSUER: 'bench', AUTH_AUDIENCE: 'bench' }
  return { token, env, close: () => void server.close() }
}

/** Requests that were answered in a round. */
async function countRound(pool: Pool, credential: string | null): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    ...(credential !== null && { authorization: `Bearer ${credential}` }),
  }
  const end = performance.now() + roundMs
  let answered = 0
  const ask = async () => {
    while (performance.now() < end) {
      const { statusCode, body: answer } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers,
        body,
      })
      await answer.dump()
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ask))
  return answered
}

/** Each in turn: how long it takes to be told that there is no job, of one that is another tenant's over one that never was. */
async function compareIds(pool: Pool, own: string, rival: string): Promise<Row> {
  const ask = async (query: string, credential: string) => {
    const { body: answer } = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
      body: JSON.stringify({ query }),
    })
    return JSON.stringify(await answer.json())
  }
  const made = await ask(
    'mutation { createT2VLoraJob(input: { prompt: "a fox" }) { ... on CreateT2VLoraJobSuccess { job { id } } } }',
    own,
  )
  const [foreign = ''] = /job_\w+/.exec(made) ?? []
  const ids = [foreign, 'job_00000000000000000000000000']
  const times = ids.map(() => [] as number[])
  for (let time = -100; time < tries; time += 1) {
    for (const [index, id] of ids.entries()) {
      const begun = performance.now()
      const answer = await ask(`{ job(id: "${id}") { id } }`, rival)
      if (!answer.includes('null')) throw new Error(answer)
      if (time >= 0) times[index]?.push(performance.now() - begun)
    }
  }
  const [one = 0, other = 1] = times.map((all) => all.toSorted((a, b) => a - b)[Math.floor(tries / 2)] ?? 0)
  return { tries, 'median of a foreign id over one that never was': (one / other).toFixed(3) }
}

type Row = Readonly<Record<string, string | number>>
const tries = 1_000

/** @param urls of two databases, or null for files: gateways with other rules do not share a history */
async function measure(
  place: string,
  urls: readonly [open: string, shut: string] | null,
): Promise<{ readonly rates: Row[]; readonly ids: Row }> {
  const provider = await startProvider()
  const [openDatabase, database] = [0, 1].map((index) => (urls ? { DATABASE_URL: urls[index] } : {}))
  const limits = { TENANT_COST_PER_MINUTE: '2000000000' }
  const open = await createTestApp({ env: { ...openDatabase, LOCAL_WITHOUT_KEY: '1' } })
  const shut = await createTestApp({ env: { ...database, ...provider.env, ...limits } })
  const { database: of } = loadConfig({ WAVESPEED_API_KEY: 'unused', ...database })
  const store =
    of.kind === 'postgres'
      ? await openPostgresStore({ url: of.url })
      : openSqliteAccess(shut.config.database.kind === 'sqlite' ? shut.config.database.file : '')
  const { secret } = await makeKey(store.access)
  const rival = await makeKey(store.access, { tenant: tenant('rival') })
  const pools = [open.app.url, shut.app.url, shut.app.url].map((at) => new Pool(at, { connections: atOnce }))
  const credentials = [null, secret, provider.token]
  const counts = credentials.map(() => [] as number[])
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, credential] of credentials.entries()) {
      const count = await countRound(pools[index] as Pool, credential)
      if (round >= 0) counts[index]?.push(count)
    }
  }
  const ids = await compareIds(pools[1] as Pool, secret, rival.secret)
  for (const pool of pools) await pool.close()
  await store.close()
  await open.close()
  await shut.close()
  provider.close()
  const sums = counts.map((all) => all.reduce((sum, one) => sum + one, 0))
  const perSecond = (sum: number) => Math.round((sum * 1_000) / (roundMs * rounds))
  const rates = ['no key', 'a key', 'a token'].map((name, index) => ({
    history: place,
    with: name,
    'requests/s': perSecond(sums[index] ?? 0),
    'over none': ((sums[index] ?? 0) / (sums[0] ?? 1)).toFixed(2),
  }))
  return { rates, ids: { history: place, ...ids } }
}

const postgres = await startPostgres()
try {
  const names = ['open', 'shut'] as const
  const [open, shut] = names.map((name) => new URL(`/bench_${name}`, postgres.url).href) as [string, string]
  await withPostgres(postgres.url, async (client) => {
    for (const name of names) await client.query(`CREATE DATABASE bench_${name}`)
  })
  const all = [await measure('SQLite', null), await measure('PostgreSQL', [open, shut])]
  printVersions({ PostgreSQL: await postgresVersion(postgres.url) })
  printTable(all.flatMap(({ rates }) => rates))
  printTable(all.map(({ ids }) => ids))
} finally {
  await postgres.stop()
}

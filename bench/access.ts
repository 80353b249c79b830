/**
 * `npm run bench:access`: what it costs to find out who asks. Requests a second with a key and with a token over those without,
 * side by side in turns; times of one run are for comparing its rows, not for quoting.
 */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Pool } from 'undici'
import { loadConfig } from '../src/config.ts'
import { openPostgresStore } from '../src/db/postgres/store.ts'
import { openSqliteAccess } from '../src/db/sqlite/access.ts'
import { createTestApp } from '../test/support/app.ts'
import { makeKey } from '../test/support/keys.ts'
import { postgresVersion, startPostgres } from '../test/support/servers/postgres.ts'
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

async function measure(
  place: string,
  url: string | null,
): Promise<Readonly<Record<string, string | number>>[]> {
  const provider = await startProvider()
  const database = url === null ? {} : { DATABASE_URL: url }
  const open = await createTestApp({ env: { ...database, LOCAL_WITHOUT_KEY: '1' } })
  const shut = await createTestApp({ env: { ...database, ...provider.env } })
  const { database: of } = loadConfig({ WAVESPEED_API_KEY: 'unused', ...database })
  const store =
    of.kind === 'postgres'
      ? await openPostgresStore({ url: of.url })
      : openSqliteAccess(shut.config.database.kind === 'sqlite' ? shut.config.database.file : '')
  const { secret } = await makeKey(store.access)
  const pools = [open.app.url, shut.app.url, shut.app.url].map((at) => new Pool(at, { connections: atOnce }))
  const credentials = [null, secret, provider.token]
  const counts = credentials.map(() => [] as number[])
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, credential] of credentials.entries()) {
      const count = await countRound(pools[index] as Pool, credential)
      if (round >= 0) counts[index]?.push(count)
    }
  }
  for (const pool of pools) await pool.close()
  await store.close()
  await open.close()
  await shut.close()
  provider.close()
  const sums = counts.map((all) => all.reduce((sum, one) => sum + one, 0))
  const perSecond = (sum: number) => Math.round((sum * 1_000) / (roundMs * rounds))
  return ['no key', 'a key', 'a token'].map((name, index) => ({
    history: place,
    with: name,
    'requests/s': perSecond(sums[index] ?? 0),
    'over none': ((sums[index] ?? 0) / (sums[0] ?? 1)).toFixed(2),
  }))
}

const postgres = await startPostgres()
try {
  const rows = [...(await measure('SQLite', null)), ...(await measure('PostgreSQL', postgres.url))]
  printVersions({ PostgreSQL: await postgresVersion(postgres.url) })
  printTable(rows)
} finally {
  await postgres.stop()
}

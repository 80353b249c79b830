import { SignJWT } from 'jose'
import { type Claims, claimsOf, createSigningKey } from '../../access/identity-provider.ts'
import { type Answer, type Attack, together } from '../attack.ts'
import { bearer, json, post, send } from '../http.ts'
import type { World } from '../world.ts'

const query = '{ viewer { tenant } }'
const body = JSON.stringify({ query })
const wrongKey = `wsg_test_${'A'.repeat(49)}`

/** With these lines in the head, on the gateway that needs a key. */
const withHead = (
  name: string,
  linesOf: (key: string) => readonly string[],
  answer: Attack['answer'],
): Attack => ({
  name,
  answer,
  send: ({ keyed, keys }) => send(keyed, { headers: [json, ...linesOf(keys.rival)], body }),
})

const heads: readonly Attack[] = [
  withHead('no key', () => [], '401 UNAUTHENTICATED'),
  withHead('an empty header', () => ['authorization:'], '401 UNAUTHENTICATED'),
  withHead('a scheme without a key', () => ['authorization: Bearer'], '401 UNAUTHENTICATED'),
  withHead('a key without a scheme', (key) => [`authorization: ${key}`], '401 UNAUTHENTICATED'),
  withHead('another scheme', (key) => [`authorization: Basic ${btoa(`a:${key}`)}`], '401 UNAUTHENTICATED'),
  withHead('a tab after the scheme', (key) => [`authorization: Bearer\t${key}`], '401 UNAUTHENTICATED'),
  withHead('two keys in one header', (key) => [`${bearer(key)}, Bearer ${key}`], '401 UNAUTHENTICATED'),
  withHead('a key and a word', (key) => [`${bearer(key)} admin`], '401 UNAUTHENTICATED'),
  withHead('two headers, both right', (key) => [bearer(key), bearer(key)], '401 UNAUTHENTICATED'),
  withHead('two headers, the first one right', (key) => [bearer(key), bearer('a')], '401 UNAUTHENTICATED'),
  withHead('two headers, the second one right', (key) => [bearer('a'), bearer(key)], '401 UNAUTHENTICATED'),
  withHead('a header of 12 KB', () => [bearer('a'.repeat(12_000))], '401 UNAUTHENTICATED'),
  withHead('a header of 100 KB', () => [bearer('a'.repeat(100_000))], '431'),
  withHead('four thousand headers', () => Array.from({ length: 4_000 }, (_, n) => `x-${n}: a`), '431'),
  withHead(
    'a key with a letter of another script',
    (key) => [bearer(key.replace(/.$/, '\u0430'))],
    '401 UNAUTHENTICATED',
  ),
  withHead('a key in another case', (key) => [bearer(key.toUpperCase())], '401 UNAUTHENTICATED'),
  withHead('a key whose end was changed', (key) => [bearer(changed(key))], '401 UNAUTHENTICATED'),
  withHead('a key that was made up', () => [bearer(wrongKey)], '401 UNAUTHENTICATED'),
  withHead('the hash of a key, as it is kept', () => [bearer('A'.repeat(43))], '401 UNAUTHENTICATED'),
  withHead(
    'a key in a cookie',
    (key) => [`cookie: authorization=Bearer ${key}; key=${key}`],
    '401 UNAUTHENTICATED',
  ),
  withHead(
    'a key in headers of other products',
    (key) => [`x-api-key: ${key}`, `x-authorization: Bearer ${key}`, `proxy-authorization: Bearer ${key}`],
    '401 UNAUTHENTICATED',
  ),
  withHead(
    'who claims to be this machine',
    () => [
      'x-forwarded-for: 127.0.0.1',
      'x-real-ip: 127.0.0.1',
      'forwarded: for=127.0.0.1',
      'x-forwarded-host: localhost',
    ],
    '401 UNAUTHENTICATED',
  ),
  withHead('a ticket as a key', () => [bearer(`wst_${'0'.repeat(64)}`)], '401 UNAUTHENTICATED'),
]

function changed(key: string): string {
  return key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a')
}

const elsewhere: readonly Attack[] = [
  ...['key', 'token', 'access_token', 'authorization', 'api_key', 'ticket'].map(
    (parameter): Attack => ({
      name: `a key in the address, as ${parameter}`,
      send: ({ keyed, keys }) =>
        send(keyed, { path: `/graphql?${parameter}=${keys.rival}`, headers: [json], body }),
      answer: '401 UNAUTHENTICATED',
    }),
  ),
  {
    name: 'a key in the body',
    send: ({ keyed, keys }) =>
      post(
        keyed,
        {
          query,
          key: keys.rival,
          authorization: `Bearer ${keys.rival}`,
          extensions: { authorization: keys.rival },
        },
        null,
      ),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: 'a key as a ticket of an event stream',
    send: ({ keyed, keys }) =>
      send(keyed, {
        method: 'GET',
        path: `/graphql/stream?ticket=${keys.rival}`,
        headers: ['accept: text/event-stream'],
      }),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: 'a revoked key',
    send: ({ keyed, keys }) => post(keyed, { query }, keys.revoked),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: 'an expired key',
    send: ({ keyed, keys }) => post(keyed, { query }, keys.expired),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: 'a key of another gateway',
    send: ({ keyed, keys }) => post(keyed, { query }, keys.behind),
    answer: '401 UNAUTHENTICATED',
  },
  {
    name: 'a mutation by who may only read',
    send: ({ keyed, keys }) =>
      post(
        keyed,
        { query: 'mutation { createT2VLoraJob(input: { prompt: "refused" }) { __typename } }' },
        keys.reader,
      ),
    answer: '200 FORBIDDEN',
  },
  {
    name: 'thirty mutations by who may only read',
    send: ({ keyed, keys }) => {
      const one = 'createT2VLoraJob(input: { prompt: "refused" }) { __typename }'
      const all = Array.from({ length: 30 }, (_, n) => `a${n}: ${one}`).join(' ')
      return post(keyed, { query: `mutation { ${all} }` }, keys.reader)
    },
    answer: '200 FORBIDDEN',
    mostBytes: 20_000,
  },
  ...[
    'mutation { createAccessKey(name: "k", scopes: [ADMIN]) { __typename } }',
    '{ accessKeys { hint } }',
    '{ auditLog { actor } }',
  ].map(
    (asked): Attack => ({
      name: `what administrators may, by who may only read: ${asked}`,
      send: ({ keyed, keys }) => post(keyed, { query: asked }, keys.reader),
      answer: '200 FORBIDDEN',
    }),
  ),
]

const sign = async ({ provider: { signing } }: World, claims: Claims, header: object = {}) =>
  signing.sign(Date.now(), claims, header)
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that nobody signed. */
const unsigned = (alg: string, signature = '') =>
  `${part({ alg, typ: 'JWT' })}.${part(claimsOf(Date.now()))}.${signature}`

const tokens: Readonly<Record<string, (world: World) => Promise<string> | string>> = {
  'alg none': () => unsigned('none'),
  'alg None': () => unsigned('None'),
  'alg none with a signature': () => unsigned('none', 'AAAA'),
  'no alg': () => `${part({ typ: 'JWT' })}.${part(claimsOf(Date.now()))}.AAAA`,
  'HS256 by the public key': async ({ provider: { signing } }) => {
    const secret = new TextEncoder().encode(JSON.stringify(signing.jwk))
    return new SignJWT(claimsOf(Date.now()))
      .setProtectedHeader({ alg: 'HS256', kid: signing.kid })
      .sign(secret)
  },
  'HS256 by an empty key': () => unsigned('HS256', 'AAAA'),
  'another key with the same kid': async ({ provider: { signing } }) =>
    (await createSigningKey(signing.kid)).sign(Date.now()),
  'a key in its own header (jwk)': async ({ provider: { signing } }) => {
    const own = await createSigningKey(signing.kid)
    return own.sign(Date.now(), {}, { jwk: own.jwk })
  },
  'the address of its keys (jku)': async ({ trap, provider: { signing } }) =>
    (await createSigningKey(signing.kid)).sign(Date.now(), {}, { jku: `http://127.0.0.1:${trap.port}/keys` }),
  'the address of its certificate (x5u)': async ({ trap, provider: { signing } }) =>
    (await createSigningKey(signing.kid)).sign(Date.now(), {}, { x5u: `http://127.0.0.1:${trap.port}/cert` }),
  'a path as kid': async () => (await createSigningKey('../../../../dev/null')).sign(Date.now()),
  'SQL as kid': async () => (await createSigningKey("' UNION SELECT 'a")).sign(Date.now()),
  'a critical header that nobody knows': ({ provider: { signing } }) => {
    const head = part({ alg: signing.alg, kid: signing.kid, crit: ['exp2'], exp2: 1 })
    return `${head}.${part(claimsOf(Date.now()))}.AAAA`
  },
  'no exp': (world) => sign(world, { exp: undefined }),
  'exp as a text': (world) => sign(world, { exp: '9999999999' }),
  'an exp 61 seconds ago': (world) => sign(world, { exp: secondsFromNow(-62) }),
  'an exp beyond all dates': (world) => sign(world, { exp: 1e300 }),
  'an nbf in the future': (world) => sign(world, { nbf: secondsFromNow(120) }),
  'another issuer': (world) => sign(world, { iss: 'https://evil.example.com/' }),
  'another audience': (world) => sign(world, { aud: 'somebody' }),
  'no audience': (world) => sign(world, { aud: undefined }),
  'no subject': (world) => sign(world, { sub: undefined }),
  'a subject with a line feed': (world) => sign(world, { sub: 'ann\n{"level":30}' }),
  'no tenant': (world) => sign(world, { tenant: undefined }),
  'tenants as a list': (world) => sign(world, { tenant: ['acme'] }),
  'the tenant of who needs no key': (world) => sign(world, { tenant: 'local' }),
  'a tenant with wildcards': (world) => sign(world, { tenant: '%' }),
  'a tenant of 5 KB': (world) => sign(world, { tenant: 'a'.repeat(5_000) }),
  'claims that were changed': async (world) => {
    const [head = '', , signature = ''] = (await sign(world, {})).split('.')
    return `${head}.${part(claimsOf(Date.now(), { scope: 'admin' }))}.${signature}`
  },
  'a signature that was cut': async (world) => (await sign(world, {})).slice(0, -20),
  'no signature': async (world) => `${(await sign(world, {})).split('.').slice(0, 2).join('.')}.`,
  'five parts, as of an encrypted one': () => `${part({ alg: 'dir', enc: 'A256GCM' })}..a.a.a`,
  'a head that is no JSON': () => 'AAAA.BBBB.CCCC',
  'a head that nests': () => `${Buffer.from(`${'['.repeat(2_000)}`).toString('base64url')}.e30.AAAA`,
  'dots alone': () => '.'.repeat(1_000),
}

const jwts = Object.entries(tokens).map(
  ([name, make]): Attack => ({
    name: `a token with ${name}`,
    send: async (world) => post(world.keyed, { query }, await make(world)),
    answer: '401 UNAUTHENTICATED',
  }),
)

const manyKids: Attack = {
  name: 'five hundred tokens by keys that nobody knows',
  async send(world) {
    const before = world.provider.asked()
    const key = await createSigningKey('none')
    const answers: Answer[] = []
    for (let index = 0; index < 500; index += 1) {
      const token = await key.sign(Date.now(), {}, { kid: `none-${index}` })
      answers.push(await post(world.keyed, { query }, token))
    }
    const asked = world.provider.asked() - before
    const all = together(answers)
    return asked <= 1 ? all : { ...all, outcome: `the provider was asked ${asked} times` }
  },
  answer: '401 UNAUTHENTICATED',
  mostBytes: 500_000,
  mostCpuMs: 10_000,
}

export const credentials = { name: 'keys and headers', attacks: [...heads, ...elsewhere] }
export const identity = { name: 'tokens (JWT)', attacks: [...jwts, manyKids] }

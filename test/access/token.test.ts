import { createLocalJWKSet, exportSPKI, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { UnauthenticatedError } from '../../src/access/error.ts'
import { createJwks } from '../../src/access/jwks.ts'
import { viewerOfToken } from '../../src/access/token.ts'
import { createLog } from '../../src/log.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  type Claims,
  claimsOf,
  createSigningKey,
  rules,
  type SigningKey,
  setOf,
} from './identity-provider.ts'

const clock = createFakeClock()
const now = clock.now()
const seconds = now / 1_000
let own: SigningKey
let stranger: SigningKey
/** What was fetched, from where. */
const fetched: string[] = []
beforeAll(async () => {
  own = await createSigningKey('own')
  stranger = await createSigningKey('own')
})
const keys = () =>
  createJwks({
    url: 'https://login.test/jwks',
    clock,
    log: createLog('silent'),
    async fetch(url) {
      fetched.push(url)
      return setOf(own)
    },
  })
const viewerOf = (token: string, given = rules) => viewerOfToken(token, given, keys(), clock)
const withClaims = async (claims: Claims, given = rules) => viewerOf(await own.sign(now, claims), given)
const refused = (viewer: Promise<unknown>) => expect(viewer).rejects.toThrow(UnauthenticatedError)

describe('a token of the identity provider', () => {
  it('says who asks, of which tenant, with which scopes, and until when', async () => {
    expect(await withClaims({})).toEqual({
      tenant: 'acme',
      kind: 'token',
      id: 'ann',
      name: 'ann',
      scopes: new Set(['jobs:read', 'jobs:write']),
      expiresAt: (seconds + 300) * 1_000,
    })
  })

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', async (alg) => {
    const key = await createSigningKey('one', alg)
    const set = createLocalJWKSet(JSON.parse(setOf(key)))
    expect(await viewerOfToken(await key.sign(now), rules, set, clock)).toMatchObject({ id: 'ann' })
  })

  it.each(['RS384', 'ES384', 'PS512'])('is not signed by %s, which nobody was told of', async (alg) => {
    const key = await createSigningKey('one', alg)
    const set = createLocalJWKSet(JSON.parse(setOf(key)))
    await refused(viewerOfToken(await key.sign(now), rules, set, clock))
  })

  it('that is not signed is refused, whatever it says', async () => {
    await refused(viewerOf(new UnsecuredJWT(claimsOf(now)).encode()))
    const [, payload] = (await own.sign(now)).split('.')
    for (const alg of ['none', 'None', 'NONE', '']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'own' })).toString('base64url')
      await refused(viewerOf(`${header}.${payload}.`))
    }
  })

  it('signed with the text of the public key as if it was a secret is refused', async () => {
    const text = await exportSPKI(own.publicKey)
    for (const secret of [text, JSON.stringify(own.jwk), own.jwk.x ?? ''])
      await refused(viewerOf(await own.sign(now, {}, { alg: 'HS256' }, Buffer.from(secret.padEnd(32)))))
  })

  it('signed by somebody else under the same name is refused', async () => {
    await refused(viewerOf(await stranger.sign(now)))
  })

  it('that brings its own key, or names where it is, is refused, and nothing is fetched from there', async () => {
    fetched.length = 0
    const headers = [
      { jwk: stranger.jwk },
      { jku: 'https://evil.test/jwks' },
      { jku: 'https://evil.test/jwks', kid: 'unknown' },
      { x5u: 'https://evil.test/cert' },
      { x5c: ['MIIB'] },
    ]
    for (const header of headers) await refused(viewerOf(await stranger.sign(now, {}, header)))
    expect(new Set(fetched)).toEqual(new Set(['https://login.test/jwks']))
  })

  it('that was changed on its way is refused', async () => {
    const [header, payload = '', signature] = (await own.sign(now)).split('.')
    const forged = Buffer.from(JSON.stringify(claimsOf(now, { tenant: 'rival' }))).toString('base64url')
    await refused(viewerOf([header, forged, signature].join('.')))
    await refused(viewerOf([header, payload, (signature ?? '').slice(0, -4)].join('.')))
  })

  it.each(['', 'a', 'a.b', 'a.b.c', '..', 'a.b.c.d.e', `${'a'.repeat(8_000)}.b.c`])(
    '%s is none',
    async (text) => {
      await refused(viewerOf(text))
    },
  )

  it.each<[string, Claims]>([
    ['another audience', { aud: 'somebody else' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://login.test' }],
    ['no issuer', { iss: undefined }],
    ['no end', { exp: undefined }],
    ['an end that is no number', { exp: '9999999999' }],
    ['an end that is no date', { exp: 1e15 }],
    ['many subjects', { sub: ['ann'] }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject of two lines', { sub: 'ann\nlocal' }],
    ['a subject with a blank', { sub: 'ann b' }],
    ['a subject that is no text', { sub: 7 }],
    ['a subject that cannot be typed', { sub: 'änn' }],
    ['a subject of 201 characters', { sub: 'a'.repeat(201) }],
    ['no tenant', { tenant: undefined }],
    ['no tenant but null', { tenant: null }],
    ['many tenants', { tenant: ['acme'] }],
    ['a tenant that is an object', { tenant: { acme: true } }],
    ['a tenant that is a number', { tenant: 7 }],
    ['an empty tenant', { tenant: '' }],
    ['the tenant of who needs no key', { tenant: 'local' }],
    ['a tenant of 10 KB', { tenant: 'a'.repeat(10_000) }],
    ['a tenant in capitals', { tenant: 'Acme' }],
    ['a tenant with a path', { tenant: '../acme' }],
    ['a tenant of two lines', { tenant: 'acme\n' }],
  ])('with %s is refused', async (_, claims) => {
    await refused(withClaims(claims))
  })

  it('may be for several audiences, of which this is one', async () => {
    expect(await withClaims({ aud: ['other', rules.audience] })).toMatchObject({ id: 'ann' })
  })

  it('may have a subject of 200 characters, as providers write them', async () => {
    const sub = `auth0|${'a'.repeat(194)}`
    expect(await withClaims({ sub })).toMatchObject({ id: sub, name: sub })
  })

  it('is good for less than a minute after its end, since clocks differ', async () => {
    expect(await withClaims({ exp: seconds - 59 })).toMatchObject({ expiresAt: (seconds - 59) * 1_000 })
    await refused(withClaims({ exp: seconds - 60 }))
    await refused(withClaims({ exp: seconds - 61 }))
  })

  it('may last as long as a date can tell', async () => {
    const latest = 8_640_000_000_000
    expect(await withClaims({ exp: latest })).toMatchObject({ expiresAt: latest * 1_000 })
    await refused(withClaims({ exp: latest + 1 }))
  })

  it('is good for a minute before its beginning, and not earlier', async () => {
    expect(await withClaims({ nbf: seconds + 60 })).toMatchObject({ id: 'ann' })
    await refused(withClaims({ nbf: seconds + 61 }))
  })

  it.each<[string, unknown, readonly string[]]>([
    ['a text', 'openid jobs:read  email admin', ['jobs:read', 'admin']],
    ['a list', ['jobs:read', 'openid', 7, null, ['admin']], ['jobs:read']],
    ['none', undefined, []],
    ['a number', 7, []],
    ['an object', { admin: true }, []],
    ['another word for all', '*', []],
    ['capitals', 'ADMIN Jobs:Read', []],
    ['commas', 'jobs:read,admin', []],
  ])('has the scopes that are ours: %s', async (_, scope, expected) => {
    expect((await withClaims({ scope })).scopes).toEqual(new Set(expected))
  })

  it('says tenant and scopes where the provider does', async () => {
    const given = { ...rules, tenantClaim: 'https://acme.test/org', scopeClaim: 'permissions' }
    const claims = {
      tenant: undefined,
      'https://acme.test/org': 'org-7',
      permissions: ['admin'],
      scope: 'jobs:read',
    }
    expect(await withClaims(claims, given)).toMatchObject({ tenant: 'org-7', scopes: new Set(['admin']) })
    await refused(withClaims({}, given))
  })

  it('is refused with one and the same words, and the reason is only for the log', async () => {
    const reasons = await Promise.all(
      [{ aud: 'x' }, { tenant: 'local' }, { sub: 'a b' }, { exp: seconds - 99 }].map((claims) =>
        withClaims(claims).catch((error: unknown) => error as UnauthenticatedError),
      ),
    )
    for (const error of reasons) {
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', message: new UnauthenticatedError().message })
      expect((error as UnauthenticatedError).cause).toBeInstanceOf(Error)
    }
  })

  it('is no matter of the token if the keys cannot be asked for', async () => {
    const away = async () => {
      throw new Error('away')
    }
    await expect(viewerOfToken(await own.sign(now), rules, away, clock)).rejects.toThrow('away')
  })
})

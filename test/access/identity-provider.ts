import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { TokenRules } from '../../src/access/token.ts'

export const rules: TokenRules = {
  issuer: 'https://login.test/',
  audience: 'wavespeed',
  tenantClaim: 'tenant',
  scopeClaim: 'scope',
}

/** Also of kinds that they should not be. */
export type Claims = Readonly<Record<string, unknown>>

/** A key pair of an identity provider, and tokens signed with it. */
export async function createSigningKey(kid: string, alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return {
    kid,
    alg,
    publicKey,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    /** A token of `ann` of the tenant `acme` that lasts for five minutes, but for `claims`; undefined is left out. */
    sign: (now: number, claims: Claims = {}, header: object = {}, key: CryptoKey | Uint8Array = privateKey) =>
      new SignJWT(claimsOf(now, claims)).setProtectedHeader({ alg, kid, ...header }).sign(key),
  }
}

export type SigningKey = Awaited<ReturnType<typeof createSigningKey>>

export function claimsOf(now: number, claims: Claims = {}): JWTPayload {
  const seconds = Math.floor(now / 1_000)
  return {
    iss: rules.issuer,
    aud: rules.audience,
    sub: 'ann',
    iat: seconds,
    exp: seconds + 300,
    tenant: 'acme',
    scope: 'jobs:read jobs:write',
    ...claims,
  } as JWTPayload // or what somebody made of it
}

/** What a provider publishes. */
export const setOf = (...keys: readonly Pick<SigningKey, 'jwk'>[]): string =>
  JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })

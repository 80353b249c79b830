import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Clock } from '../jobs/clock.ts'
import { localTenant, type TenantId, tenantOf } from '../jobs/tenant.ts'
import { UnauthenticatedError } from './error.ts'
import { isScope, type Scope, type Viewer } from './viewer.ts'

/** What the tokens of an identity provider have to say. */
export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  /** The claim that names the tenant. */
  readonly tenantClaim: string
  /** The claim that lists the scopes: a list, or a text with spaces between them. */
  readonly scopeClaim: string
}

/** By how much the clocks of those who sign and check may differ. */
export const toleranceMs = 60_000 // 1 minute

/** Asymmetric ones alone: with a symmetric one, whoever can check could sign. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

const longestSubject = 200
/** What a `Date` can hold. */
const latestTime = 8_640_000_000_000_000

/**
 * Who a JSON Web Token says that asks.
 *
 * @throws UnauthenticatedError whatever is wrong with it; its cause says what
 */
export async function viewerOfToken(
  token: string,
  rules: TokenRules,
  keys: JWTVerifyGetKey,
  clock: Pick<Clock, 'now'>,
): Promise<Viewer> {
  const { issuer, audience, tenantClaim } = rules
  const payload = await verified(() =>
    jwtVerify(token, keys, {
      algorithms,
      issuer,
      audience,
      clockTolerance: toleranceMs / 1_000,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp'],
    }),
  )
  const tenant = tenantOf(payload[tenantClaim])
  // Whoever needs no key is `local`: no token may say that it is.
  if (tenant === null || tenant === localTenant) throw refused('the tenant has no form of ours')
  const sub: unknown = payload.sub
  if (typeof sub !== 'string' || !/^[\x21-\x7e]+$/.test(sub) || sub.length > longestSubject)
    throw refused('the subject cannot be written')
  const expiresAt = Number(payload.exp) * 1_000 // jose makes sure that it is a number
  if (expiresAt > latestTime) throw refused('the end is no date')
  return viewerOf(tenant, sub, expiresAt, scopesOf(payload[rules.scopeClaim]))
}

const viewerOf = (tenant: TenantId, id: string, expiresAt: number, scopes: ReadonlySet<Scope>): Viewer => ({
  tenant,
  kind: 'token',
  id,
  name: id,
  scopes,
  expiresAt,
})

async function verified(verify: () => Promise<{ readonly payload: JWTPayload }>): Promise<JWTPayload> {
  try {
    return (await verify()).payload
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new UnauthenticatedError({ cause: error })
    throw error
  }
}

const refused = (why: string) => new UnauthenticatedError({ cause: new Error(why) })

/** What we do not know is left out: it is for others. */
function scopesOf(claim: unknown): ReadonlySet<Scope> {
  const words = typeof claim === 'string' ? claim.split(' ') : [claim].flat()
  return new Set(words.filter(isScope))
}

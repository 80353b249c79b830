import { isLoopbackHost } from '../address.ts'
import type { Reader } from './reader.ts'

/** Who is let in. */
export interface AccessConfig {
  /**
   * Who needs no key: `always` everyone, since LOCAL_WITHOUT_KEY says so; `unless-keys-exist` everyone on this machine, as long
   * as nobody was given a key; `never` nobody, since others can reach the gateway, or an identity provider knows its users.
   */
  readonly withoutKey: 'always' | 'unless-keys-exist' | 'never'
  /** Whether others than this machine can reach the gateway, as far as its addresses tell. */
  readonly isExposed: boolean
  /** Null where no identity provider is named. */
  readonly tokens: {
    readonly jwksUrl: string
    readonly issuer: string
    readonly audience: string
    readonly tenantClaim: string
    readonly scopeClaim: string
  } | null
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean
}

export function readAccess(
  read: Reader,
  faults: string[],
  {
    host,
    publicUrl,
    onlyPersisted,
  }: { readonly host: string; readonly publicUrl: string; readonly onlyPersisted: boolean },
): AccessConfig {
  const isExposed = [host, publicUrl && new URL(publicUrl).hostname].some(
    (address) => address !== '' && !isLoopbackHost(address),
  )
  const tokens = readTokens(read, faults)
  const isOpen = read.flag('LOCAL_WITHOUT_KEY')
  const withoutKey = isOpen ? 'always' : isExposed || tokens ? 'never' : 'unless-keys-exist'
  const isAsked = read.text('GRAPHIQL') !== ''
  const graphiql = isAsked ? read.flag('GRAPHIQL') : withoutKey !== 'never' && !onlyPersisted
  if (graphiql && onlyPersisted)
    faults.push(
      'GRAPHIQL=1 and PERSISTED_ONLY=1 exclude each other: GraphiQL sends documents that are in no list.',
    )
  return { withoutKey, isExposed, tokens, graphiql }
}

function readTokens(read: Reader, faults: string[]): AccessConfig['tokens'] {
  const jwksUrl = read.url('AUTH_JWKS_URL')
  const [issuer, audience] = [read.text('AUTH_ISSUER'), read.text('AUTH_AUDIENCE')]
  const [tenantClaim, scopeClaim] = [read.text('AUTH_TENANT_CLAIM'), read.text('AUTH_SCOPE_CLAIM')]
  if (jwksUrl === '') {
    if (issuer !== '' || audience !== '')
      faults.push('AUTH_ISSUER and AUTH_AUDIENCE have no effect without AUTH_JWKS_URL: set it as well.')
    return null
  }
  const { protocol, hostname } = new URL(jwksUrl)
  if (protocol !== 'https:' && !isLoopbackHost(hostname))
    faults.push('AUTH_JWKS_URL must be an https address: whoever can change its answer can sign tokens.')
  if (issuer === '' || audience === '')
    faults.push(
      'AUTH_JWKS_URL needs AUTH_ISSUER and AUTH_AUDIENCE: a token for somebody else is none for this gateway.',
    )
  return { jwksUrl, issuer, audience, tenantClaim, scopeClaim }
}

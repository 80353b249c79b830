import { type Access, createAccess } from '../access/access.ts'
import { createTextFetch } from '../access/fetch.ts'
import { createJwks } from '../access/jwks.ts'
import { createLimiter, type Limiter } from '../access/limiter.ts'
import { createSigner, type Signer } from '../access/signature.ts'
import type { AccessStore } from '../access/store.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../jobs/clock.ts'
import { HistoryUnavailableError } from '../jobs/history-error.ts'
import type { RandomBytes } from '../jobs/id.ts'
import type { Logger } from '../log.ts'

export interface AccessParts {
  readonly access: Access
  readonly limiter: Limiter
  /** Signs the addresses of kept outputs; null where there are none, or everyone is let in. */
  readonly signer: Signer | null
}

export interface AccessPartsOptions {
  readonly config: Pick<Config, 'access' | 'archive' | 'proxy' | 'tenants'>
  readonly store: AccessStore
  readonly clock: Clock
  readonly random: RandomBytes
  readonly log: Logger
  /** Closes what was opened, the last first. */
  readonly stack: AsyncDisposableStack
}

/** What finds out who asks, and says at the start how it will. */
export async function openAccess(options: AccessPartsOptions): Promise<AccessParts> {
  const { config, store, clock, log, stack } = options
  const { withoutKey, isExposed, tokens } = config.access
  if (withoutKey === 'always' && isExposed)
    log.warn('LOCAL_WITHOUT_KEY is set: everyone who can reach this gateway may create paid jobs')
  if (withoutKey === 'never' && tokens === null && !(await store.hasKeys()))
    log.warn('there is no key yet, so nobody is let in: make one with `npm run keys -- create`')
  const wire = tokens && stack.adopt(createTextFetch(config), (open) => open.close())
  const access = createAccess({
    store,
    clock,
    log,
    withoutKey,
    tokens: tokens &&
      wire && { rules: tokens, keys: createJwks({ url: tokens.jwksUrl, fetch: wire.fetch, clock, log }) },
  })
  stack.adopt(access, (open) => open.close())
  const signs = withoutKey !== 'always' && config.archive !== undefined
  const limiter = createLimiter({ tenants: store, forAll: config.tenants, clock })
  return { access, limiter, signer: signs ? await openSigner(options) : null }
}

/** All gateways that share a history sign alike. */
async function openSigner({ store, clock, random, log }: AccessPartsOptions): Promise<Signer> {
  const fresh = Buffer.from(random(new Uint8Array(32))).toString('base64url')
  const secret = await store.secret('outputs', fresh).catch((error: unknown) => {
    // A full disk must not keep the history from being read.
    if (!(error instanceof HistoryUnavailableError)) throw error
    log.warn(
      { err: error },
      'the secret of signed addresses cannot be written: they are good until the next start',
    )
    return fresh
  })
  return createSigner(secret, clock)
}

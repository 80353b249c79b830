import { join } from 'node:path'
import { isLoopbackHost } from './address.ts'
import { type AccessConfig, readAccess } from './config/access.ts'
import { type ArchiveConfig, readArchive } from './config/archive.ts'
import { readDotEnv } from './config/dot-env.ts'
import { type LimitConfig, readLimits } from './config/limits.ts'
import { type PersistedConfig, readPersisted } from './config/persisted.ts'
import { type ProxyConfig, readProxy, withLowerCaseProxies } from './config/proxy.ts'
import { withoutQuotes } from './config/quotes.ts'
import { atLeastOne, createReader } from './config/reader.ts'
import { withSecretFiles } from './config/secret-files.ts'
import { passwordsOf, readStorage, type StorageConfig, withoutPassword } from './config/storage.ts'
import { describeUnknown } from './config/unknown.ts'
import type { Environment } from './config/variables.ts'
import { webOrigin } from './server/web-origin.ts'
import { parseUrl } from './url.ts'

export { secretVariables } from './config/secret-files.ts'
export { type Environment, gatewayVariables, sandboxVariables } from './config/variables.ts'

/** What each level of a WaveSpeedAI account may do; the account page shows which one it is. */
export const tiers = {
  bronze: { videosPerMinute: 2, concurrency: 2 },
  silver: { videosPerMinute: 500, concurrency: 300 },
  gold: { videosPerMinute: 3_000, concurrency: 3_000 },
  ultra: { videosPerMinute: 5_000, concurrency: 10_000 },
} as const

export type Tier = keyof typeof tiers

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

/** Everything the gateway can be told, checked; each part of the program gets its slice. */
export interface Config extends StorageConfig, ProxyConfig, ArchiveConfig, PersistedConfig {
  readonly access: AccessConfig
  /** What each tenant may have and do, where nothing else is said of it. */
  readonly tenants: LimitConfig
  readonly server: {
    readonly host: string
    readonly port: number
    readonly corsOrigins: readonly string[]
    readonly allowedHosts: readonly string[]
    /** How many proxies before the gateway say truly where a request comes from. */
    readonly trustedProxies: number
    readonly connections: number
    readonly connectionsPerAddress: number
    /** The largest upload. */
    readonly uploadBytes: number
    /** Whether pages of this machine are allowed on any port; no variable says so, the demo does. */
    readonly loopbackOrigins?: boolean
    readonly publicUrl?: string
    /** Whether the vendor can reach `publicUrl`: then it is asked to call back there. */
    readonly callbacks: boolean
  }
  readonly vendor: {
    readonly baseUrl: string
    readonly apiKey: string
    readonly pollSeconds: number
    readonly tier: Tier
    readonly limits: { readonly videosPerMinute: number; readonly concurrency: number }
  }
  readonly jobs: {
    readonly deadlineMinutes: number
    /** How long it is known which jobs were deleted. */
    readonly changesDays: number
  }
  readonly log: { readonly level: LogLevel }
  /** What may be a mistake, in sentences; absent where there is none. */
  readonly warnings?: readonly string[]
}

/** The environment as a whole cannot be used; `faults` names every reason, none of them contains a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  - ${faults.join('\n  - ')}`,
    )
    this.faults = faults
  }
}

/** The variables of the process over those of `.env` in `cwd`, without those that are empty; the file may be missing. */
export function readEnvironment(cwd: string): Environment {
  const all = [...Object.entries(readDotEnv(join(cwd, '.env'))), ...Object.entries(process.env)]
  return Object.fromEntries(all.filter(([, value]) => value?.trim()))
}

/** Reads and checks every variable; throws one `ConfigError` with all faults. An empty variable counts as unset. */
export function loadConfig(given: Environment): Config {
  const faults: string[] = []
  const env = withoutQuotes(withSecretFiles(withLowerCaseProxies(given), faults), faults)
  const read = createReader(env, faults)

  const host = read.text('HOST')
  const baseUrl = read.url('WAVESPEED_BASE_URL')
  const publicUrl = read.url('PUBLIC_URL')
  const persisted = readPersisted(read, faults)
  const access = readAccess(read, faults, { host, publicUrl, onlyPersisted: persisted?.only === true })
  const archive = readArchive(read, faults)
  const proxy = readProxy(read, faults)
  const warnings = describeUnknown(env)
  const tier = read.choice('WAVESPEED_TIER', Object.keys(tiers) as Tier[])
  const config: Config = {
    server: {
      host,
      port: read.number('PORT', { minimum: 0, maximum: 65_535, whole: true }),
      corsOrigins: readOrigins(read.text('CORS_ORIGINS'), faults),
      allowedHosts: readHosts(read.text('ALLOWED_HOSTS'), faults),
      trustedProxies: read.number('TRUSTED_PROXIES', { minimum: 0, maximum: 10, whole: true }),
      connections: read.number('CONNECTIONS', atLeastOne),
      connectionsPerAddress: read.number('CONNECTIONS_PER_ADDRESS', atLeastOne),
      uploadBytes: read.number('UPLOAD_MAX_MB', { minimum: 1, maximum: 10_000, whole: true }) * 1_000_000,
      ...(publicUrl && { publicUrl }),
      callbacks: isCallable(publicUrl, baseUrl),
    },
    vendor: {
      baseUrl,
      apiKey: readKey(env, baseUrl, faults),
      pollSeconds: read.number('WAVESPEED_POLL_SECONDS', { minimum: 0.1, maximum: 3_600 }),
      tier,
      limits: {
        videosPerMinute: read.number('WAVESPEED_VIDEOS_PER_MINUTE', atLeastOne, tiers[tier]?.videosPerMinute),
        concurrency: read.number('WAVESPEED_CONCURRENCY', atLeastOne, tiers[tier]?.concurrency),
      },
    },
    access,
    tenants: readLimits(read),
    ...readStorage(read, faults),
    ...(persisted && { persisted }),
    ...(proxy && { proxy }),
    // A week is how long the vendor keeps a prediction: no job can be found again after it.
    jobs: {
      deadlineMinutes: read.number('JOB_DEADLINE_MINUTES', { minimum: 1, maximum: 10_080 }),
      changesDays: read.number('CHANGES_DAYS', { minimum: 1, maximum: 3_650 }),
    },
    ...(archive && { archive }),
    log: { level: read.choice('LOG_LEVEL', logLevels) },
    ...(warnings.length > 0 && { warnings }),
  }
  if (env['ALLOW_ANONYMOUS'] && access.isExposed && access.withoutKey !== 'always') faults.push(anonymous)
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

/** What must not be written anywhere. */
export function secretsOf({ vendor, database, archive, proxy }: Config): string[] {
  const ours = database.kind === 'postgres' ? [database.url] : []
  const addresses = [...ours, proxy?.https ?? '', proxy?.http ?? '']
  const { credentials } = archive?.target.kind === 's3' ? archive.target : {}
  return [
    // The sandbox's is a word like any other, and no secret.
    ...(vendor.apiKey === 'sandbox' ? [] : [vendor.apiKey]),
    ...addresses.flatMap(passwordsOf),
    ...(credentials ? [credentials.secretAccessKey, credentials.sessionToken ?? ''] : []),
  ]
}

/** The configuration as the start log may show it: without keys. */
export function describeConfig(config: Config): object {
  const { warnings: _, ...shown } = config
  const { archive, database, proxy } = shown
  const secret = archive?.target.kind === 's3' && archive.target.credentials
  return {
    ...shown,
    vendor: { ...shown.vendor, apiKey: '[redacted]' },
    database: database.kind === 'postgres' ? { ...database, url: withoutPassword(database.url) } : database,
    ...(proxy && { proxy: { ...proxy, https: hidden(proxy.https), http: hidden(proxy.http) } }),
    ...(archive &&
      secret && { archive: { ...archive, target: { ...archive.target, credentials: '[redacted]' } } }),
  }
}

const hidden = (address: string) => address && withoutPassword(address)

function readKey(env: Environment, baseUrl: string, faults: string[]): string {
  const key = env['WAVESPEED_API_KEY'] ?? ''
  if (key === '') {
    if (env['WAVESPEED_API_KEY_FILE']) return '' // What is wrong with that was said.
    // On this machine only the sandbox answers, and it knows one key.
    if (baseUrl === '' || isLoopbackHost(new URL(baseUrl).hostname)) return 'sandbox'
    faults.push(
      'WAVESPEED_API_KEY is missing. Get one at https://wavespeed.ai (Access keys); it works once the account has ' +
        'had its first top-up. To try the gateway without a key, run `npm run demo`.',
    )
  } else if (!/^[\x21-\x7e]+$/.test(key)) {
    faults.push(
      'WAVESPEED_API_KEY contains white space or characters outside ASCII: copy the key again, without quotes.',
    )
  }
  return key
}

/** The entries of a list that is separated by commas. */
function entriesOf(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function readHosts(list: string, faults: string[]): string[] {
  const hosts = entriesOf(list).map((host) => host.toLowerCase().replace(/\.$/, ''))
  for (const host of hosts) {
    if (/^[a-z\d_]([a-z\d_.-]*[a-z\d_])?$/.test(host)) continue
    faults.push(
      'ALLOWED_HOSTS must be names such as gateway.internal, separated by commas, without scheme, port, path and *.',
    )
  }
  return hosts
}

function readOrigins(list: string, faults: string[]): string[] {
  const origins = entriesOf(list)
  for (const origin of origins) {
    if (webOrigin(origin) === origin.toLowerCase()) continue
    const url = parseUrl(origin)
    faults.push(
      `CORS_ORIGINS contains "${url?.username || url?.password ? url.host : origin}": each origin must read scheme://host or scheme://host:port, ` +
        'such as https://app.example.com or tauri://localhost, without a path, a trailing slash, a default port or *.',
    )
  }
  return origins.map((origin) => origin.toLowerCase())
}

/** The vendor calls public HTTPS addresses only (wavespeed.ai/docs/how-to-use-webhooks); a sandbox here calls any. */
function isCallable(publicUrl: string, baseUrl: string): boolean {
  if (publicUrl === '' || baseUrl === '') return false
  if (isLoopbackHost(new URL(baseUrl).hostname)) return true
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' && !isLoopbackHost(hostname)
}

/** It let everybody in. */
const anonymous =
  'ALLOW_ANONYMOUS has no effect any more, and this gateway can be reached from elsewhere. Take it away, and make keys with ' +
  '`npm run keys -- create`; or set LOCAL_WITHOUT_KEY=1 if everyone who can reach it may create paid jobs.'

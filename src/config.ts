import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { isLoopbackHost } from './server/loopback.ts'

/** What the gateway reads from the environment, with the default as it would be written there. */
export const gatewayVariables = {
  PORT: '4000',
  HOST: '127.0.0.1',
  PUBLIC_URL: '',
  CORS_ORIGINS: '',
  ALLOW_ANONYMOUS: '0',
  WAVESPEED_API_KEY: '',
  WAVESPEED_BASE_URL: 'https://api.wavespeed.ai',
  WAVESPEED_TIER: 'bronze',
  WAVESPEED_VIDEOS_PER_MINUTE: '',
  WAVESPEED_CONCURRENCY: '',
  WAVESPEED_POLL_SECONDS: '5',
  DATABASE_URL: 'file:data/jobs.db',
  JOB_DEADLINE_MINUTES: '60',
  ARCHIVE_URL: '',
  ARCHIVE_MAX_MB: '500',
  AWS_REGION: '',
  AWS_ENDPOINT_URL: '',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  LOG_LEVEL: 'info',
} as const

/** What `npm run demo` and `npm run sandbox` read besides; they are documented with the others. */
export const sandboxVariables = {
  SANDBOX_PORT: '4010',
  SANDBOX_TASK_SECONDS: '8',
  SANDBOX_TIER: 'ultra',
} as const

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
export interface Config {
  readonly server: {
    readonly host: string
    readonly port: number
    readonly corsOrigins: readonly string[]
    readonly allowAnonymous: boolean
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
  /** `url` as it was given, `file` the path that SQLite opens (relative to the working directory). */
  readonly database: { readonly url: string; readonly file: string }
  readonly jobs: { readonly deadlineMinutes: number }
  /** Where outputs are kept; absent if they are not. */
  readonly archive?: {
    readonly target:
      | { readonly kind: 'folder'; readonly path: string }
      | {
          readonly kind: 's3'
          readonly bucket: string
          readonly prefix: string
          readonly region?: string
          readonly endpoint?: string
          readonly credentials?: {
            readonly accessKeyId: string
            readonly secretAccessKey: string
            readonly sessionToken?: string
          }
        }
    readonly maxBytes: number
  }
  readonly log: { readonly level: LogLevel }
}

export type Environment = Readonly<Record<string, string | undefined>>

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

/** The variables of the process over those of `.env` in `cwd`; without such a file, those of the process. */
export function readEnvironment(cwd: string): Environment {
  const own = Object.entries(process.env).filter(([, value]) => value !== undefined && value !== '')
  return { ...readDotEnv(join(cwd, '.env')), ...Object.fromEntries(own) }
}

function readDotEnv(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

/** Reads and checks every variable; throws one `ConfigError` with all faults. An empty variable counts as unset. */
export function loadConfig(env: Environment): Config {
  const faults: string[] = []
  const read = createReader(env, faults)

  const host = read.text('HOST')
  const baseUrl = read.url('WAVESPEED_BASE_URL')
  const publicUrl = read.url('PUBLIC_URL')
  const allowAnonymous = read.flag('ALLOW_ANONYMOUS')
  const archive = readArchive(read, faults)
  const tier = read.choice('WAVESPEED_TIER', Object.keys(tiers) as Tier[])
  const config: Config = {
    server: {
      host,
      port: read.number('PORT', { minimum: 0, maximum: 65_535, whole: true }),
      corsOrigins: readOrigins(read.text('CORS_ORIGINS'), faults),
      allowAnonymous,
      ...(publicUrl && { publicUrl }),
      callbacks: isCallable(publicUrl, baseUrl),
    },
    vendor: {
      baseUrl,
      apiKey: readKey(env['WAVESPEED_API_KEY'] ?? '', baseUrl, faults),
      pollSeconds: read.number('WAVESPEED_POLL_SECONDS', { minimum: 0.1, maximum: 3_600 }),
      tier,
      limits: {
        videosPerMinute: read.number('WAVESPEED_VIDEOS_PER_MINUTE', atLeastOne, tiers[tier]?.videosPerMinute),
        concurrency: read.number('WAVESPEED_CONCURRENCY', atLeastOne, tiers[tier]?.concurrency),
      },
    },
    database: readDatabase(read.text('DATABASE_URL'), faults),
    // A week is how long the vendor keeps a prediction: no job can be found again after it.
    jobs: { deadlineMinutes: read.number('JOB_DEADLINE_MINUTES', { minimum: 1, maximum: 10_080 }) },
    ...(archive && { archive }),
    log: { level: read.choice('LOG_LEVEL', logLevels) },
  }
  if (!allowAnonymous) faults.push(...exposures(host, publicUrl))
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

/** The configuration as the start log may show it: without keys. */
export function describeConfig(config: Config): object {
  const { archive } = config
  const secret = archive?.target.kind === 's3' && archive.target.credentials
  return {
    ...config,
    vendor: { ...config.vendor, apiKey: '[redacted]' },
    ...(archive &&
      secret && { archive: { ...archive, target: { ...archive.target, credentials: '[redacted]' } } }),
  }
}

type Range = { readonly minimum: number; readonly maximum: number; readonly whole?: boolean }

const atLeastOne: Range = { minimum: 1, maximum: 1_000_000, whole: true }

type VariableName = keyof typeof gatewayVariables

/** Typed access to single variables. A fault is noted and reading goes on, so that all of them come out at once. */
function createReader(env: Environment, faults: string[]) {
  const text = (name: VariableName) => env[name]?.trim() || gatewayVariables[name]
  return {
    text,
    number(name: VariableName, { minimum, maximum, whole = false }: Range, fallback = Number.NaN): number {
      const value = text(name)
      if (value === '') return fallback
      const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
      if (number >= minimum && number <= maximum && (!whole || Number.isInteger(number))) return number
      faults.push(
        `${name} is "${value}": it must be a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}.`,
      )
      return Number.NaN
    },
    choice<T extends string>(name: VariableName, allowed: readonly T[]): T {
      const value = text(name).toLowerCase()
      if (!allowed.some((one) => one === value)) {
        faults.push(`${name} is "${value}": it must be one of ${allowed.join(', ')}.`)
      }
      return value as T
    },
    flag(name: VariableName): boolean {
      const value = text(name).toLowerCase()
      if (!['1', 'true', '0', 'false'].includes(value)) {
        faults.push(`${name} is "${value}": it must be 1 (yes) or 0 (no).`)
      }
      return value === '1' || value === 'true'
    },
    /** Never repeats what was given: people put passwords into URLs. */
    url(name: VariableName): string {
      const value = text(name)
      if (value === '') return ''
      const url = URL.canParse(value) ? new URL(value) : undefined
      const plain = url && !url.username && !url.password && !url.search && !url.hash
      if (url && plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
      faults.push(
        `${name} must be an http:// or https:// URL without user name, password, query and fragment.`,
      )
      return ''
    },
  }
}

function readKey(key: string, baseUrl: string, faults: string[]): string {
  if (key === '') {
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

function readOrigins(list: string, faults: string[]): string[] {
  const origins = list
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (url && /^https?:$/.test(url.protocol) && url.origin === origin.toLowerCase()) continue
    faults.push(
      `CORS_ORIGINS contains "${url?.username || url?.password ? url.host : origin}": each origin must read scheme://host or scheme://host:port, ` +
        'such as https://app.example.com, without a path, a trailing slash, a default port or *.',
    )
  }
  return origins.map((origin) => origin.toLowerCase())
}

/** `file:relative/path` and `file:///absolute/path` as a path; empty for anything else. */
function pathOf(url: string): string {
  return /^file:(?:\/\/(?=\/))?(?!\/\/)(.+)$/.exec(url)?.[1] ?? ''
}

function readDatabase(url: string, faults: string[]): Config['database'] {
  const file = pathOf(url)
  if (file === '') {
    const postgres = /^postgres(ql)?:/i.test(url)
      ? 'names PostgreSQL, which is not available in this version. It '
      : ''
    faults.push(`DATABASE_URL ${postgres}must be a SQLite file: file:relative/path or file:///absolute/path.`)
  }
  return { url, file }
}

/** The vendor calls public HTTPS addresses only (wavespeed.ai/docs/how-to-use-webhooks); a sandbox here calls any. */
function isCallable(publicUrl: string, baseUrl: string): boolean {
  if (publicUrl === '' || baseUrl === '') return false
  if (isLoopbackHost(new URL(baseUrl).hostname)) return true
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' && !isLoopbackHost(hostname)
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

function readArchive(read: ReturnType<typeof createReader>, faults: string[]): Config['archive'] {
  const url = read.text('ARCHIVE_URL')
  const largest = read.number('ARCHIVE_MAX_MB', { minimum: 1, maximum: 50_000, whole: true })
  if (url === '') return undefined
  const maxBytes = largest * 1_000_000
  const path = pathOf(url)
  if (path !== '') return { target: { kind: 'folder', path }, maxBytes }
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/?#@]+)((?:\/[\w.~-]+)*)\/?$/.exec(url) ?? []
  if (!bucketName.test(bucket) || prefix.split('/').some((part) => /^\.+$/.test(part))) {
    faults.push(
      'ARCHIVE_URL must be a folder (file:relative/path or file:///absolute/path) or a bucket (s3://bucket or ' +
        's3://bucket/prefix); credentials of a bucket go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    )
    return undefined
  }
  const region = read.text('AWS_REGION')
  const endpoint = read.url('AWS_ENDPOINT_URL')
  const accessKeyId = read.text('AWS_ACCESS_KEY_ID')
  const secretAccessKey = read.text('AWS_SECRET_ACCESS_KEY')
  const sessionToken = read.text('AWS_SESSION_TOKEN')
  if ((accessKeyId === '') !== (secretAccessKey === '')) {
    faults.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: one of them is missing.')
  }
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
  return {
    target: {
      kind: 's3',
      bucket,
      prefix: prefix.slice(1),
      ...(region && { region }),
      ...(endpoint && { endpoint }),
      ...(accessKeyId && { credentials }),
    },
    maxBytes,
  }
}

/** Whoever reaches the gateway spends the account's money, and it cannot ask yet who that is. */
function exposures(host: string, publicUrl: string): string[] {
  const remedy = 'Set ALLOW_ANONYMOUS=1 if everyone who can reach it may create paid jobs.'
  const addresses = { HOST: host, PUBLIC_URL: publicUrl && new URL(publicUrl).hostname }
  return Object.entries(addresses)
    .filter(([, address]) => address !== '' && !isLoopbackHost(address))
    .map(
      ([name, address]) =>
        `${name} is "${address}": others can reach it, and there is no authentication yet. ${remedy}`,
    )
}

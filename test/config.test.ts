import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  describeConfig,
  gatewayVariables,
  loadConfig,
  readEnvironment,
  sandboxVariables,
} from '../src/config.ts'
import { faultsOf, key } from './support/config.ts'

/** Of each tenant, where no variable says anything. */
const limitsForAll = {
  requestsPerSecond: 100,
  costPerMinute: 3_000_000,
  creationsPerMinute: 120,
  waitingJobs: 5_000,
  runningJobs: null,
  streams: 2_000,
  uploadsPerDay: 500,
}

test('with only a key, everything has its default', () => {
  expect(loadConfig(key)).toEqual({
    server: {
      host: '127.0.0.1',
      port: 4000,
      corsOrigins: [],
      allowedHosts: [],
      trustedProxies: 0,
      connections: 20_000,
      connectionsPerAddress: 1_000,
      uploadBytes: 100_000_000,
      callbacks: false,
    },
    access: { withoutKey: 'unless-keys-exist', isExposed: false, tokens: null, graphiql: true },
    tenants: limitsForAll,
    vendor: {
      baseUrl: 'https://api.wavespeed.ai',
      apiKey: key.WAVESPEED_API_KEY,
      pollSeconds: 5,
      tier: 'bronze',
      limits: { videosPerMinute: 2, concurrency: 2 },
    },
    database: { kind: 'sqlite', file: 'data/jobs.db' },
    role: 'all',
    jobs: { deadlineMinutes: 60, changesDays: 30 },
    log: { level: 'info' },
  })
})

test('an empty variable counts as unset', () => {
  const empty = Object.fromEntries(Object.keys(gatewayVariables).map((name) => [name, ' ']))
  expect(loadConfig({ ...empty, ...key })).toEqual(loadConfig(key))
})

test('every variable arrives', () => {
  const env = {
    ...key,
    PORT: '0',
    HOST: '0.0.0.0',
    PUBLIC_URL: 'https://gateway.example.com/',
    CORS_ORIGINS: 'http://localhost:5173, https://app.example.com, Tauri://localhost,app://localhost:3000',
    ALLOWED_HOSTS: 'gateway, Gateway.Internal.',
    TRUSTED_PROXIES: '2',
    CONNECTIONS: '60',
    CONNECTIONS_PER_ADDRESS: '50',
    LOCAL_WITHOUT_KEY: '1',
    TENANT_REQUESTS_PER_SECOND: '9',
    TENANT_RUNNING_JOBS: '3',
    TENANT_STREAMS: '0',
    TENANT_UPLOADS_PER_DAY: '7',
    UPLOAD_MAX_MB: '250',
    WAVESPEED_BASE_URL: 'https://proxy.example.com/wavespeed/',
    WAVESPEED_TIER: 'Gold',
    WAVESPEED_CONCURRENCY: '7',
    WAVESPEED_POLL_SECONDS: '0.5',
    DATABASE_URL: 'file:///var/lib/jobs.db',
    JOB_DEADLINE_MINUTES: '90',
    CHANGES_DAYS: '7',
    LOG_LEVEL: 'debug',
  }
  expect(loadConfig(env)).toEqual({
    server: {
      host: '0.0.0.0',
      port: 0,
      corsOrigins: [
        'http://localhost:5173',
        'https://app.example.com',
        'tauri://localhost',
        'app://localhost:3000',
      ],
      allowedHosts: ['gateway', 'gateway.internal'],
      trustedProxies: 2,
      connections: 60,
      connectionsPerAddress: 50,
      uploadBytes: 250_000_000,
      publicUrl: 'https://gateway.example.com',
      callbacks: true,
    },
    access: { withoutKey: 'always', isExposed: true, tokens: null, graphiql: true },
    tenants: { ...limitsForAll, requestsPerSecond: 9, runningJobs: 3, streams: 0, uploadsPerDay: 7 },
    vendor: {
      baseUrl: 'https://proxy.example.com/wavespeed',
      apiKey: key.WAVESPEED_API_KEY,
      pollSeconds: 0.5,
      tier: 'gold',
      limits: { videosPerMinute: 3000, concurrency: 7 },
    },
    database: { kind: 'sqlite', file: '/var/lib/jobs.db' },
    role: 'all',
    jobs: { deadlineMinutes: 90, changesDays: 7 },
    log: { level: 'debug' },
  })
})

test('all faults come at once, in words', () => {
  const faults = faultsOf({ WAVESPEED_API_KEY: '', PORT: '70000', LOG_LEVEL: 'loud' })
  expect(faults).toEqual([
    'PORT is "70000": it must be a whole number from 0 to 65535.',
    expect.stringMatching(/^WAVESPEED_API_KEY is missing.*Access keys.*first top-up.*npm run demo/),
    'LOG_LEVEL is "loud": it must be one of fatal, error, warn, info, debug, trace, silent.',
  ])
})

test.each([
  ['PORT', '4000.5'],
  ['PORT', '-1'],
  ['PORT', '0x10'],
  ['PORT', '1e3'],
  ['LOCAL_WITHOUT_KEY', 'yes'],
  ['TENANT_STREAMS', '-1'],
  ['TENANT_WAITING_JOBS', '1.5'],
  ['TENANT_RUNNING_JOBS', 'none'],
  ['UPLOAD_MAX_MB', '0'],
  ['UPLOAD_MAX_MB', '10001'],
  ['PUBLIC_URL', 'gateway.example.com'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'https://app.example.com/'],
  ['CORS_ORIGINS', 'https://app.example.com:443'],
  ['CORS_ORIGINS', 'app.example.com'],
  ['CORS_ORIGINS', 'null'],
  ['CORS_ORIGINS', 'tauri://*'],
  ['CORS_ORIGINS', 'tauri://localhost/'],
  ['CORS_ORIGINS', 'tauri:localhost'],
  ['CORS_ORIGINS', 'file://'],
  ['CORS_ORIGINS', 'http://a.example.com http://b.example.com'],
  ['ALLOWED_HOSTS', '*'],
  ['ALLOWED_HOSTS', '*.internal'],
  ['ALLOWED_HOSTS', 'https://gateway.internal'],
  ['ALLOWED_HOSTS', 'gateway.internal:4000'],
  ['WAVESPEED_BASE_URL', 'ftp://api.wavespeed.ai'],
  ['WAVESPEED_BASE_URL', 'https://api.wavespeed.ai?x=1'],
  ['WAVESPEED_TIER', 'platinum'],
  ['WAVESPEED_TIER', 'toString'],
  ['WAVESPEED_CONCURRENCY', '0'],
  ['WAVESPEED_VIDEOS_PER_MINUTE', '2.5'],
  ['WAVESPEED_POLL_SECONDS', '0'],
  ['WAVESPEED_POLL_SECONDS', '5s'],
  ['DATABASE_URL', 'data/jobs.db'],
  ['DATABASE_URL', 'file:'],
  ['DATABASE_URL', 'file://host/jobs.db'],
  ['JOB_DEADLINE_MINUTES', 'Infinity'],
  ['ARCHIVE_URL', 'data/outputs'],
  ['ARCHIVE_URL', 'file:'],
  ['ARCHIVE_URL', 's3:'],
  ['ARCHIVE_URL', 's3://B'],
  ['ARCHIVE_URL', 's3://bucket/../other'],
  ['ARCHIVE_URL', 's3://bucket?region=eu'],
  ['ARCHIVE_URL', 'https://bucket.s3.amazonaws.com'],
  ['ARCHIVE_MAX_MB', '0'],
  ['ARCHIVE_MAX_MB', '50001'],
  ['LOG_LEVEL', '30'],
])('%s refuses %s with one fault that names it', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([expect.stringContaining(name)])
})

test.each([
  ['file:jobs.db', 'jobs.db'],
  ['file:/var/jobs.db', '/var/jobs.db'],
  ['file:///var/jobs.db', '/var/jobs.db'],
  ['file::memory:', ':memory:'],
  ['file:data/my%20jobs.db', 'data/my jobs.db'],
  ['file:///var/lib/100%25/j%C3%B6bs%3F%23.db', '/var/lib/100%/jöbs?#.db'],
  ['FILE:data/jobs~1.db', 'data/jobs~1.db'],
])('the database %s is the file %s', (DATABASE_URL, file) => {
  expect(loadConfig({ ...key, DATABASE_URL }).database).toEqual({ kind: 'sqlite', file })
})

test.each([
  ['WAVESPEED_API_KEY', 'wsk live hunter2'],
  ['WAVESPEED_API_KEY', 'wsk-hunter2\n'],
  ['WAVESPEED_BASE_URL', 'https://user:hunter2@api.wavespeed.ai'],
  ['PUBLIC_URL', 'https://user:hunter2@gateway.example.com'],
  ['CORS_ORIGINS', 'https://user:hunter2@app.example.com'],
  ['CORS_ORIGINS', 'https://hunter2@app.example.com'],
  ['ARCHIVE_URL', 's3://AKIA:hunter2@bucket'],
])('a fault of %s never repeats a secret', (name, value) => {
  const faults = faultsOf({ [name]: value })
  expect(faults).toHaveLength(1)
  expect(faults.join()).not.toContain('hunter2')
})

describe('without a key', () => {
  test.each(['http://127.0.0.1:4010', 'http://localhost:4010', 'http://[::1]:4010', 'http://127.9.9.9'])(
    'the vendor on this machine is the sandbox (%s)',
    (url) => {
      expect(loadConfig({ WAVESPEED_BASE_URL: url }).vendor.apiKey).toBe('sandbox')
    },
  )

  test.each(['http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://10.0.0.1'])(
    'no other address is taken for it (%s)',
    (url) => {
      const faults = faultsOf({ WAVESPEED_API_KEY: '', WAVESPEED_BASE_URL: url })
      expect(faults).toEqual([expect.stringContaining('WAVESPEED_API_KEY is missing')])
    },
  )
})

test('the description for the log has no key', () => {
  const description = JSON.stringify(describeConfig(loadConfig(key)))
  expect(description).toContain('[redacted]')
  expect(description).not.toContain(key.WAVESPEED_API_KEY)
})

test('the environment wins over .env, an empty variable over nothing, and the file may be missing', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'config-'))
  try {
    expect(readEnvironment(cwd)['PATH']).toBe(process.env['PATH'])
    writeFileSync(
      join(cwd, '.env'),
      'PATH=from-file\nCORS_ORIGINS="https://from-file.example.com" # ours\nDATABASE_URL=\n',
    )
    process.env['CORS_ORIGINS'] = ''
    const env = readEnvironment(cwd)
    expect(env['PATH']).toBe(process.env['PATH'])
    expect(env['CORS_ORIGINS']).toBe('https://from-file.example.com')
    expect({ DATABASE_URL: 'what the demo presets', ...env }['DATABASE_URL']).toBe('what the demo presets')
  } finally {
    delete process.env['CORS_ORIGINS']
    rmSync(cwd, { recursive: true })
  }
})

test('.env.example documents exactly the variables there are, with their defaults', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  const documented = [...example.matchAll(/^# ([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
    name,
    value,
  ])
  const known = { ...gatewayVariables, ...sandboxVariables }
  expect(Object.fromEntries(documented)).toEqual(known)
  expect(documented).toHaveLength(Object.keys(known).length)
})

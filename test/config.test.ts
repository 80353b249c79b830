import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  ConfigError,
  describeConfig,
  type Environment,
  gatewayVariables,
  loadConfig,
  readEnvironment,
  sandboxVariables,
  secretsOf,
  secretVariables,
} from '../src/config.ts'

const key = { WAVESPEED_API_KEY: 'wsk-live-0123456789' }

function faultsOf(env: Environment): readonly string[] {
  try {
    loadConfig({ ...key, ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

test('with only a key, everything has its default', () => {
  expect(loadConfig(key)).toEqual({
    server: {
      host: '127.0.0.1',
      port: 4000,
      corsOrigins: [],
      allowedHosts: [],
      allowAnonymous: false,
      callbacks: false,
    },
    vendor: {
      baseUrl: 'https://api.wavespeed.ai',
      apiKey: key.WAVESPEED_API_KEY,
      pollSeconds: 5,
      tier: 'bronze',
      limits: { videosPerMinute: 2, concurrency: 2 },
    },
    database: { kind: 'sqlite', file: 'data/jobs.db' },
    role: 'all',
    jobs: { deadlineMinutes: 60 },
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
    ALLOW_ANONYMOUS: '1',
    WAVESPEED_BASE_URL: 'https://proxy.example.com/wavespeed/',
    WAVESPEED_TIER: 'Gold',
    WAVESPEED_CONCURRENCY: '7',
    WAVESPEED_POLL_SECONDS: '0.5',
    DATABASE_URL: 'file:///var/lib/jobs.db',
    JOB_DEADLINE_MINUTES: '90',
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
      allowAnonymous: true,
      publicUrl: 'https://gateway.example.com',
      callbacks: true,
    },
    vendor: {
      baseUrl: 'https://proxy.example.com/wavespeed',
      apiKey: key.WAVESPEED_API_KEY,
      pollSeconds: 0.5,
      tier: 'gold',
      limits: { videosPerMinute: 3000, concurrency: 7 },
    },
    database: { kind: 'sqlite', file: '/var/lib/jobs.db' },
    role: 'all',
    jobs: { deadlineMinutes: 90 },
    log: { level: 'debug' },
  })
})

test('all faults come at once, in words', () => {
  const faults = faultsOf({ WAVESPEED_API_KEY: '', PORT: '70000', LOG_LEVEL: 'loud', HOST: '192.168.0.7' })
  expect(faults).toEqual([
    'PORT is "70000": it must be a whole number from 0 to 65535.',
    expect.stringMatching(/^WAVESPEED_API_KEY is missing.*Access keys.*first top-up.*npm run demo/),
    'LOG_LEVEL is "loud": it must be one of fatal, error, warn, info, debug, trace, silent.',
    expect.stringMatching(/^HOST is "192\.168\.0\.7".*ALLOW_ANONYMOUS=1/),
  ])
})

test.each([
  ['PORT', '4000.5'],
  ['PORT', '-1'],
  ['PORT', '0x10'],
  ['PORT', '1e3'],
  ['ALLOW_ANONYMOUS', 'yes'],
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

describe('the archive', () => {
  const aws = { AWS_ACCESS_KEY_ID: 'AKIA0123456789', AWS_SECRET_ACCESS_KEY: 'hunter2' }

  test.each([
    ['file:data/outputs', { kind: 'folder', path: 'data/outputs' }],
    ['file:///var/outputs', { kind: 'folder', path: '/var/outputs' }],
    ['s3://my-bucket', { kind: 's3', bucket: 'my-bucket', prefix: '' }],
    ['s3://my.bucket/a/b-c/', { kind: 's3', bucket: 'my.bucket', prefix: 'a/b-c' }],
  ])('%s is understood', (ARCHIVE_URL, target) => {
    expect(loadConfig({ ...key, ARCHIVE_URL }).archive).toEqual({ target, maxBytes: 500_000_000 })
  })

  test('in a bucket has the region, endpoint and credentials of the usual variables, and shows no secret', () => {
    const config = loadConfig({
      ...key,
      ...aws,
      ARCHIVE_URL: 's3://bucket',
      ARCHIVE_MAX_MB: '2',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9000/',
      AWS_SESSION_TOKEN: 'hunter2-too',
    })
    expect(config.archive).toEqual({
      target: {
        kind: 's3',
        bucket: 'bucket',
        prefix: '',
        region: 'eu-central-1',
        endpoint: 'http://127.0.0.1:9000',
        credentials: {
          accessKeyId: aws.AWS_ACCESS_KEY_ID,
          secretAccessKey: aws.AWS_SECRET_ACCESS_KEY,
          sessionToken: 'hunter2-too',
        },
      },
      maxBytes: 2_000_000,
    })
    const description = JSON.stringify(describeConfig(config))
    expect(description).toContain('eu-central-1')
    expect(description).not.toMatch(/hunter2|AKIA/)
  })

  test('needs both halves of the credentials, and its variables mean nothing without a bucket', () => {
    const half = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_ENDPOINT_URL: 'no url' }
    expect(faultsOf({ ...half, ARCHIVE_URL: 's3://bucket' })).toEqual([
      expect.stringContaining('AWS_ENDPOINT_URL'),
      expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
    ])
    expect(faultsOf({ ...half, ARCHIVE_URL: 'file:outputs' })).toEqual([])
  })
})

describe('a history that gateways share', () => {
  const DATABASE_URL = 'postgres://user:hunter2@db.example.com/jobs'

  test('is a PostgreSQL database, with a Redis and a role if they are set', () => {
    expect(loadConfig({ ...key, DATABASE_URL })).toMatchObject({
      database: { kind: 'postgres', url: DATABASE_URL },
      role: 'all',
    })
    const REDIS_URL = 'rediss://user:hunter2@redis.example.com:6380/1'
    expect(loadConfig({ ...key, DATABASE_URL, REDIS_URL, ROLE: 'Worker' })).toMatchObject({
      redis: { url: REDIS_URL },
      role: 'worker',
    })
  })

  test.each([
    [{ DATABASE_URL: 'mysql://user:hunter2@db/jobs' }, 'DATABASE_URL must be a SQLite file'],
    [{ DATABASE_URL: 'postgres:jobs' }, 'DATABASE_URL must be a SQLite file'],
    [{ DATABASE_URL, REDIS_URL: 'http://:hunter2@redis' }, 'REDIS_URL must be redis://'],
    [{ DATABASE_URL, ROLE: 'reader' }, 'ROLE is "reader": it must be one of all, web, worker'],
    [{ REDIS_URL: 'redis://:hunter2@redis' }, 'REDIS_URL is for many gateways, and a SQLite file has one'],
    [{ ROLE: 'web' }, 'ROLE=web is for many gateways, and a SQLite file has one'],
  ])('%o is refused with one fault, without a password', (env, words) => {
    const faults = faultsOf(env)
    expect(faults).toEqual([expect.stringContaining(words)])
    expect(faults.join()).not.toContain('hunter2')
  })

  test.each([DATABASE_URL, 'postgres://db/jobs?user=user&password=hunter2'])(
    'is described without its password: %s',
    (url) => {
      const config = loadConfig({ ...key, DATABASE_URL: url, REDIS_URL: 'redis://:hunter2@redis' })
      expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2')
    },
  )
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
  const faults = faultsOf({ [name]: value, ALLOW_ANONYMOUS: '1' })
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

describe('what others can reach', () => {
  test.each([
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: 'box.local' },
    { PUBLIC_URL: 'https://gateway.example.com' },
  ])('needs ALLOW_ANONYMOUS=1 (%o)', (env) => {
    expect(faultsOf(env)).toEqual([expect.stringContaining('ALLOW_ANONYMOUS=1')])
    expect(faultsOf({ ...env, ALLOW_ANONYMOUS: '1' })).toEqual([])
  })

  test.each(['http://gateway.example.com', 'https://127.0.0.1:4000', 'https://localhost'])(
    'is what the vendor has to reach: %s is no address for its callbacks',
    (PUBLIC_URL) => {
      const env = { ...key, PUBLIC_URL, ALLOW_ANONYMOUS: '1' }
      expect(loadConfig(env).server).toMatchObject({ publicUrl: PUBLIC_URL, callbacks: false })
      const sandboxed = loadConfig({ ...env, WAVESPEED_BASE_URL: 'http://127.0.0.1:4010' })
      expect(sandboxed.server.callbacks).toBe(true)
    },
  )

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('is not the loopback address %s', (HOST) => {
    expect(faultsOf({ HOST })).toEqual([])
  })
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

describe('an address of a file', () => {
  const wrong = [
    ['file:~/jobs.db', /~ and \$ have no meaning/],
    ['file:///~/jobs.db', /~ and \$ have no meaning/],
    ['file:data/~me/jobs.db', /~ and \$ have no meaning/],
    ['file:$HOME/jobs.db', /~ and \$ have no meaning/],
    ['file:data/jobs.db?mode=ro', /%3F and %23/],
    ['file:data/jobs#1.db', /%3F and %23/],
    ['file:data/100%/jobs.db', /write %25/],
    ['file:data%2Fjobs.db', /%2F/],
    ['file:data/jobs.db%00', /%00/],
  ] as const
  test.each(wrong)('is refused where it would be taken literally: %s', (url, words) => {
    expect(faultsOf({ DATABASE_URL: url })).toEqual([expect.stringMatching(words)])
    expect(faultsOf({ DATABASE_URL: url })[0]).toMatch(/^DATABASE_URL /)
    expect(faultsOf({ ARCHIVE_URL: url })).toEqual([expect.stringMatching(words)])
    expect(faultsOf({ ARCHIVE_URL: url })[0]).toMatch(/^ARCHIVE_URL /)
  })

  test('is decoded for the archive, too', () => {
    expect(loadConfig({ ...key, ARCHIVE_URL: 'file:data/my%20outputs/' }).archive?.target).toEqual({
      kind: 'folder',
      path: 'data/my outputs/',
    })
  })

  test('of a database must not be a folder', () => {
    expect(faultsOf({ DATABASE_URL: 'file:data/' })).toEqual([
      expect.stringMatching(/names a folder.*file:data\/jobs\.db/),
    ])
  })
})

describe('a value that came with its quotes', () => {
  test.each(Object.keys(gatewayVariables))('is refused by name: %s', (name) => {
    for (const quote of ['"', "'", '`']) {
      const [fault] = faultsOf({ [name]: `${quote}hunter2${quote}` })
      expect(fault).toMatch(new RegExp(`^${name} has quotes around it`))
      expect(fault).not.toContain('hunter2')
    }
  })

  test('is refused where one of them is left, and no other fault comes of it', () => {
    for (const WAVESPEED_API_KEY of ['"wsk_1', "wsk_1'", '"wsk_1"']) {
      expect(faultsOf({ WAVESPEED_API_KEY })).toEqual([
        expect.stringMatching(/^WAVESPEED_API_KEY has quotes/),
      ])
    }
  })
})

describe('the first variable of .env', () => {
  const text = 'WAVESPEED_BASE_URL=http://127.0.0.1:4010\r\nPORT=4001\r\n'
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16()
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big-endian', utf16be],
  ])('is read whatever the encoding: %s', (_name, bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'wavespeed-env-'))
    try {
      writeFileSync(join(folder, '.env'), bytes)
      const { WAVESPEED_BASE_URL } = readEnvironment(folder)
      expect(WAVESPEED_BASE_URL).toBe('http://127.0.0.1:4010')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a variable that looks like one of ours and is none', () => {
  const warningsOf = (env: Environment) => loadConfig({ ...key, ...env }).warnings
  test.each([
    ['WAVESPEED_TEIR', 'WAVESPEED_TIER'],
    ['WAVESPEED_APIKEY', 'WAVESPEED_API_KEY'],
    ['SANDBOX_TASK_SECOND', 'SANDBOX_TASK_SECONDS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['ARCHIVE_MAX', 'ARCHIVE_MAX_MB'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['JOB_DEADLINE_MINUTE', 'JOB_DEADLINE_MINUTES'],
    ['REDIS_URI', 'REDIS_URL'],
    ['AWS_ACCES_KEY_ID', 'AWS_ACCESS_KEY_ID'],
    ['wavespeed_tier', 'WAVESPEED_TIER'],
  ])('is a warning with the nearest name: %s', (name, nearest) => {
    expect(warningsOf({ [name]: 'hunter2' })).toEqual([
      `${name} is no variable of the gateway and has no effect. The nearest is ${nearest}.`,
    ])
  })

  test('is not looked for in what others set', () => {
    const others = [
      'PATH',
      'HOME',
      'HOSTNAME',
      'LOGNAME',
      'AWS_PROFILE',
      'REDIS_PORT_6379_TCP',
      'JOB_NAME',
      'PORTS',
      'ROLES',
    ]
    expect(warningsOf(Object.fromEntries(others.map((name) => [name, 'x'])))).toBeUndefined()
    expect(
      warningsOf(Object.fromEntries(Object.keys(sandboxVariables).map((name) => [name, '1']))),
    ).toBeUndefined()
  })

  test('stands in the log and not in the configuration there', () => {
    const config = loadConfig({ ...key, WAVESPEED_TEIR: 'ultra' })
    expect(describeConfig(config)).not.toHaveProperty('warnings')
  })
})

describe('a secret in a file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wavespeed-secret-'))
    return () => rmSync(folder, { recursive: true })
  })
  function file(text: string): string {
    writeFileSync(join(folder, 'secret'), text)
    return join(folder, 'secret')
  }

  test.each(['\n', '\r\n', '', '\n\n'])('is read without the line break at its end', (end) => {
    const { vendor } = loadConfig({ WAVESPEED_API_KEY_FILE: file(`wsk_1${end}`) })
    expect(vendor.apiKey).toBe('wsk_1')
  })

  test.each(secretVariables)('can be each of them, and is known: %s', (name) => {
    const values: Record<string, string> = {
      DATABASE_URL: 'postgres://user:hunter2@db/jobs',
      REDIS_URL: 'redis://:hunter2@redis',
    }
    const others = {
      ...key,
      ARCHIVE_URL: 's3://bucket',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      ...(name === 'REDIS_URL' && { DATABASE_URL: 'postgres://db/jobs' }),
    }
    const value = values[name] ?? 'hunter2'
    const inFile = { ...others, [name]: undefined, [`${name}_FILE`]: file(value) }
    expect(loadConfig(inFile)).toEqual(loadConfig({ ...others, [name]: value }))
    const both = { ...others, [name]: value, [`${name}_FILE`]: file(value) }
    expect(faultsOf(both)).toEqual([`${name} and ${name}_FILE are both set: leave one of them out.`])
  })

  test('that is missing or empty is a fault that names it, and the only one', () => {
    const faults = (WAVESPEED_API_KEY_FILE: string) =>
      faultsOf({ WAVESPEED_API_KEY: undefined, WAVESPEED_API_KEY_FILE })
    expect(faults(join(folder, 'missing'))).toEqual([
      `WAVESPEED_API_KEY_FILE names ${join(folder, 'missing')}, which cannot be read (ENOENT).`,
    ])
    expect(faults(file('\n'))).toEqual([
      `WAVESPEED_API_KEY_FILE names ${join(folder, 'secret')}, which is empty.`,
    ])
  })
})

describe('proxies', () => {
  test('are read in either case, the lower one first, and need no scheme', () => {
    expect(loadConfig(key).proxy).toBeUndefined()
    expect(loadConfig({ ...key, HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.internal' }).proxy).toEqual({
      https: 'http://proxy:3128/',
      http: '',
      none: '.internal',
    })
    const both = {
      https_proxy: 'proxy:3128',
      HTTPS_PROXY: 'http://other:1',
      http_proxy: 'https://me:pw@proxy',
      no_proxy: 'a',
    }
    expect(loadConfig({ ...key, ...both })).toMatchObject({
      proxy: { https: 'http://proxy:3128/', http: 'https://me:pw@proxy/', none: 'a' },
    })
    expect(loadConfig({ ...key, ...both }).warnings).toBeUndefined()
  })

  test.each(['socks5://hunter2@proxy', 'ftp://proxy', 'http://proxy/hunter2', 'http://proxy?hunter2', '://'])(
    'that are no HTTP proxies are refused without being repeated: %s',
    (address) => {
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
        const [fault, ...others] = faultsOf({ [name]: address })
        expect(fault).toMatch(new RegExp(`^${name} must be the address of an HTTP proxy`))
        expect(fault).not.toContain('hunter2')
        expect(others).toEqual([])
      }
    },
  )

  test('are described without their passwords', () => {
    const config = loadConfig({ ...key, HTTPS_PROXY: 'http://me:hunter2@proxy:3128' })
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2')
    expect(secretsOf(config)).toContain('hunter2')
  })
})

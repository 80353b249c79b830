/** The edges of what a variable may be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, readEnvironment } from '../../src/config.ts'
import { faultsOf, key } from '../support/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'wavespeed-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inFile = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('a number', () => {
  it.each([
    ['PORT', ['0', '65535'], ['-1', '65536', '1.5', '1e3', '0x10', 'a1', '1a']],
    ['WAVESPEED_POLL_SECONDS', ['0.1', '0.25', '12.345', '3600'], ['0.09', '3600.1', '3601', '.5', '1.']],
    ['WAVESPEED_VIDEOS_PER_MINUTE', ['1', '1000000'], ['0', '1000001', '1.5']],
    ['WAVESPEED_CONCURRENCY', ['1', '1000000'], ['0', '1000001', '1.5']],
    ['JOB_DEADLINE_MINUTES', ['1', '1.5', '10080'], ['0.9', '10081']],
    ['TRUSTED_PROXIES', ['0', '10'], ['-1', '11', '1.5', 'true']],
    ['CONNECTIONS', ['1', '1000000'], ['0', '1000001', '1.5']],
    ['CONNECTIONS_PER_ADDRESS', ['1', '1000000'], ['0', '1000001', '1.5']],
    ['ARCHIVE_MAX_MB', ['1', '50000'], ['0', '50001', '1.5']],
  ])('%s may be %j and not %j', (name, good, bad) => {
    for (const value of good) expect(faultsOf({ [name]: value })).toEqual([])
    for (const value of bad) expect(faultsOf({ [name]: value })).toEqual([expect.stringContaining(name)])
  })

  it('that may be a fraction is not asked to be whole', () => {
    expect(faultsOf({ WAVESPEED_POLL_SECONDS: '0' })).toEqual([
      'WAVESPEED_POLL_SECONDS is "0": it must be a number from 0.1 to 3600.',
    ])
    expect(faultsOf({ WAVESPEED_CONCURRENCY: '0' })).toEqual([
      'WAVESPEED_CONCURRENCY is "0": it must be a whole number from 1 to 1000000.',
    ])
  })
})

describe('yes and no', () => {
  it.each([
    ['1', true],
    ['true', true],
    ['TRUE', true],
    ['0', false],
    ['false', false],
    ['False', false],
  ])('may be written as %s', (value, flag) => {
    expect(loadConfig({ ...key, GRAPHIQL: value }).access.graphiql).toBe(flag)
  })

  it.each(['yes', '2', 'Stryker'])('are not %s', (value) => {
    expect(faultsOf({ LOCAL_WITHOUT_KEY: value })).toEqual([expect.stringContaining('1 (yes) or 0 (no)')])
  })
})

describe('an address', () => {
  it.each([
    ['https://gateway.example.com///', 'https://gateway.example.com'],
    ['https://gateway.example.com/a//', 'https://gateway.example.com/a'],
    ['HTTPS://Gateway.example.com', 'https://gateway.example.com'],
  ])('%s is kept as %s', (value, url) => {
    expect(loadConfig({ ...key, PUBLIC_URL: value }).server.publicUrl).toBe(url)
  })

  it.each([
    'xhttp://gateway.example.com',
    'https://me@gateway.example.com',
    'https://:word@gateway.example.com',
    'https://gateway.example.com/?a',
    'https://gateway.example.com/#a',
    'gateway.example.com',
  ])('is not %s', (value) => {
    expect(faultsOf({ PUBLIC_URL: value })).toEqual([expect.stringMatching(/^PUBLIC_URL must be/)])
  })

  it('that is wrong is its only fault', () => {
    expect(faultsOf({ WAVESPEED_API_KEY: '', WAVESPEED_BASE_URL: 'nowhere' })).toEqual([
      expect.stringContaining('WAVESPEED_BASE_URL'),
    ])
    expect(faultsOf({ PUBLIC_URL: 'https://127.0.0.1', WAVESPEED_BASE_URL: 'nowhere' })).toHaveLength(1)
  })

  it.each([
    [
      'HTTPS_PROXY',
      ['http://proxy:8080', 'https://proxy/', 'proxy', 'me:word@proxy'],
      ['xhttp://proxy', 'xhttp://proxy/', 'http://proxy/x', 'http://proxy#x'],
    ],
    [
      'DATABASE_URL',
      ['postgres://db/jobs', 'postgresql://db/jobs', 'postgres:///jobs?host=/tmp'],
      ['xpostgres://db', 'postgres2://db', 'postgres:///jobs', 'postgres:///jobs?x=1', 'db'],
    ],
  ])('of %s may be %j and not %j', (name, good, bad) => {
    for (const value of good) expect(faultsOf({ [name]: value }), value).toEqual([])
    for (const value of bad) {
      expect(faultsOf({ [name]: value }), value).toEqual([expect.stringContaining(name)])
    }
  })

  it.each([
    [{ HTTP_PROXY: 'http://a' }, { https: '', http: 'http://a/', none: '' }],
    [
      { HTTPS_PROXY: 'http://a', NO_PROXY: 'b' },
      { https: 'http://a/', http: '', none: 'b' },
    ],
    [
      { https_proxy: ' ', HTTPS_PROXY: 'http://a' },
      { https: 'http://a/', http: '', none: '' },
    ],
    [{ NO_PROXY: 'b' }, undefined],
  ])('of a proxy is one for each scheme: %j', (env, proxy) => {
    expect(loadConfig({ ...key, ...env }).proxy).toEqual(proxy)
  })
})

describe('an archive', () => {
  it.each([
    ['s3://abc', 'abc', ''],
    ['s3://a-b.c0/', 'a-b.c0', ''],
    ['s3://abc/x/y.z~_-/', 'abc', 'x/y.z~_-'],
    ['s3://abc/.hidden/a..b', 'abc', '.hidden/a..b'],
    [`s3://${'a'.repeat(63)}`, 'a'.repeat(63), ''],
  ])('may be %s', (ARCHIVE_URL, bucket, prefix) => {
    expect(loadConfig({ ...key, ARCHIVE_URL }).archive?.target).toEqual({ kind: 's3', bucket, prefix })
  })

  it.each([
    'xs3://abc',
    's3://',
    's3://ab',
    's3://Abc',
    's3://-abc',
    's3://abc-',
    's3://ab_c',
    `s3://${'a'.repeat(64)}`,
    's3://abc//x',
    's3://abc/../x',
    's3://abc/x/..',
    's3://abc/./x',
    's3://abc/x?y',
    's3://abc/x y',
  ])('is not %s', (ARCHIVE_URL) => {
    expect(faultsOf({ ARCHIVE_URL })).toEqual([expect.stringMatching(/^ARCHIVE_URL must be/)])
  })
})

describe('a path', () => {
  it.each([
    ['file:a b/jobs.db', 'a b/jobs.db'],
    ['FILE:jobs.db', 'jobs.db'],
    ['file:///tmp/jobs.db', '/tmp/jobs.db'],
    ['file:/tmp/jobs.db', '/tmp/jobs.db'],
    ['file:a~b$c.db', 'a~b$c.db'],
  ])('%s is %s', (DATABASE_URL, file) => {
    expect(loadConfig({ ...key, DATABASE_URL }).database).toEqual({ kind: 'sqlite', file })
  })

  it.each([
    'file:',
    'file://host/jobs.db',
    'file:////host/jobs.db',
    'file:a%2Fb',
    'file:a%5cb',
    'file:a%00',
    'file:a?b',
    'file:a#b',
    'file:~/a',
    'file:a/$b',
    'file:a%',
    'xfile:a',
  ])('is not %s', (DATABASE_URL) => {
    expect(faultsOf({ DATABASE_URL })).toEqual([expect.stringMatching(/^DATABASE_URL /)])
  })
})

it.each([
  ['a', ['a']],
  ['A.B.', ['a.b']],
  ['_a-1.b_, 9', ['_a-1.b_', '9']],
  ['a-9', ['a-9']],
])('ALLOWED_HOSTS may be %j', (value, hosts) => {
  expect(loadConfig({ ...key, ALLOWED_HOSTS: value }).server.allowedHosts).toEqual(hosts)
})
it.each(['-a', 'a-', 'a..', '.a', 'a:1', 'http://a', 'a/b', '*', 'a b'])(
  'ALLOWED_HOSTS is not %j',
  (value) => {
    expect(faultsOf({ ALLOWED_HOSTS: value })).toEqual([expect.stringMatching(/^ALLOWED_HOSTS/)])
  },
)

describe('quotes', () => {
  it.each(['"debug"', "'debug'", '`debug`', '""debug', 'debug""', '"debug'])(
    'around a value (%s) are the only fault',
    (value) => {
      expect(faultsOf({ LOG_LEVEL: value })).toEqual([expect.stringMatching(/^LOG_LEVEL has quotes/)])
    },
  )

  it('within a value are a part of it', () => {
    expect(faultsOf({ DATABASE_URL: `file:it's "a".db` })).toEqual([])
    expect(faultsOf({ LOG_LEVEL: ' "info" ' })).toEqual([expect.stringContaining('quotes')])
  })
})

describe('the words of faults', () => {
  it('say how many there are', () => {
    expect(new ConfigError(['a']).message).toBe('The configuration has a fault:\n  - a')
    expect(new ConfigError(['a', 'b']).message).toBe('The configuration has 2 faults:\n  - a\n  - b')
    expect(new ConfigError([]).name).toBe('ConfigError')
  })
})

describe('a secret in a file', () => {
  it('is its text, without the mark of its encoding and the breaks at its end only', () => {
    const path = inFile('key', '\uFEFFwsk-live-1\r\n\n')
    expect(loadConfig({ WAVESPEED_API_KEY_FILE: ` ${path} ` }).vendor.apiKey).toBe('wsk-live-1')
    const broken = inFile('broken', 'wsk\nlive\n')
    expect(faultsOf({ WAVESPEED_API_KEY: '', WAVESPEED_API_KEY_FILE: broken })).toEqual([
      expect.stringContaining('white space'),
    ])
    const marked = inFile('marked', 'wsk\uFEFF1')
    expect(faultsOf({ WAVESPEED_API_KEY: '', WAVESPEED_API_KEY_FILE: marked })).toEqual([
      expect.stringContaining('white space'),
    ])
  })

  it('is not looked for where its name is blank, and counts where the variable is blank', () => {
    expect(loadConfig({ ...key, WAVESPEED_API_KEY_FILE: ' ' }).vendor.apiKey).toBe(key.WAVESPEED_API_KEY)
    const path = inFile('key2', 'wsk-live-2')
    expect(loadConfig({ WAVESPEED_API_KEY: ' ', WAVESPEED_API_KEY_FILE: path }).vendor.apiKey).toBe(
      'wsk-live-2',
    )
  })

  it('is missing where the file is blank, or none', () => {
    const blank = inFile('blank', ' \n')
    const faultOf = (path: string) => faultsOf({ WAVESPEED_API_KEY: '', WAVESPEED_API_KEY_FILE: path })
    expect(faultOf(blank)).toContainEqual(expect.stringContaining('which is empty'))
    expect(faultOf(join(folder, 'none'))).toEqual([expect.stringContaining('(ENOENT)')])
    expect(faultOf(folder)).toEqual([expect.stringContaining('(EISDIR)')])
  })
})

describe('the environment', () => {
  it('has no variable that is blank', () => {
    const cwd = join(folder, 'env')
    mkdirSync(cwd)
    writeFileSync(join(cwd, '.env'), 'SANDBOX_TIER=" "\nSANDBOX_PORT=1\n')
    const env = readEnvironment(cwd)
    expect(env).not.toHaveProperty('SANDBOX_TIER')
    expect(env['SANDBOX_PORT']).toBe('1')
  })

  it('is not read past a .env that cannot be read', () => {
    const cwd = join(folder, 'folder instead of a file')
    mkdirSync(join(cwd, '.env'), { recursive: true })
    expect(() => readEnvironment(cwd)).toThrow('EISDIR')
  })
})

describe('a variable that is none', () => {
  const warningsOf = (name: string) => loadConfig({ ...key, [name]: '1' }).warnings
  it.each([
    ['XWAVESPEED_X', null],
    ['WAVESPEED_X', 'WAVESPEED'],
    ['ROLES', null],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['LOG_QQQEL', null],
    ['ROLEXX', 'ROLE'],
    ['REDISURL', null],
    ['MY_PROXY', null],
    ['HTTPS_PROXY_X', 'HTTPS_PROXY'],
  ])('%s has a warning that names the nearest, or none: %s', (name, nearest) => {
    expect(warningsOf(name)).toEqual(
      nearest === null ? undefined : [expect.stringContaining(`nearest is ${nearest}`)],
    )
  })
})

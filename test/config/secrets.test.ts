/** What must not be shown, and what is shown in its place. */
import { describe, expect, it } from 'vitest'
import { passwordsOf, withoutPassword } from '../../src/config/storage.ts'
import { type Config, describeConfig, loadConfig, secretsOf } from '../../src/config.ts'
import { key } from '../support/config.ts'

const whole = loadConfig({
  ...key,
  DATABASE_URL: 'postgres://me:pa%2Fss@db/jobs',
  HTTPS_PROXY: 'http://me:https-word@proxy:8080',
  HTTP_PROXY: 'http://me:http-word@proxy:8081',
  ARCHIVE_URL: 's3://bucket',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret-key',
  AWS_SESSION_TOKEN: 'session',
})

describe('the secrets of a configuration', () => {
  it('are the key, every password as it is written and as it is meant, and the credentials of the bucket', () => {
    expect(secretsOf(whole)).toEqual([
      key.WAVESPEED_API_KEY,
      ...['pa%2Fss', 'pa/ss', 'https-word', 'https-word'],
      ...['http-word', 'http-word', 'secret-key', 'session'],
    ])
  })

  it('are the key alone where nothing else is secret, and none for the sandbox', () => {
    expect(secretsOf(loadConfig(key))).toEqual([key.WAVESPEED_API_KEY])
    expect(secretsOf(loadConfig({ WAVESPEED_BASE_URL: 'http://127.0.0.1:4010' }))).toEqual([])
  })

  it('are none of what has no password', () => {
    const config: Config = { ...whole, database: { kind: 'sqlite', file: 'jobs.db' } }
    const { proxy: _p, archive: _a, ...rest } = config
    expect(secretsOf(rest)).toEqual([key.WAVESPEED_API_KEY])
    const folder = loadConfig({ ...key, ARCHIVE_URL: 'file:outputs' })
    expect(secretsOf(folder)).toEqual([key.WAVESPEED_API_KEY])
  })

  it('may lack a session token', () => {
    const config = loadConfig({
      ...key,
      ARCHIVE_URL: 's3://bucket',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret-key',
    })
    expect(secretsOf(config).filter(Boolean)).toEqual([key.WAVESPEED_API_KEY, 'secret-key'])
  })
})

describe('the description of a configuration', () => {
  it('has every value, and words in the place of secrets', () => {
    expect(describeConfig(whole)).toEqual({
      ...whole,
      vendor: { ...whole.vendor, apiKey: '[redacted]' },
      database: { kind: 'postgres', url: 'postgres://me:redacted@db/jobs' },
      proxy: {
        https: 'http://me:redacted@proxy:8080/',
        http: 'http://me:redacted@proxy:8081/',
        none: '',
      },
      archive: {
        maxBytes: 500_000_000,
        posters: { program: 'ffmpeg', searchPath: '' },
        target: { kind: 's3', bucket: 'bucket', prefix: '', credentials: '[redacted]' },
      },
    })
  })

  it('is the configuration where nothing but the key is secret', () => {
    for (const ARCHIVE_URL of ['', 'file:outputs', 's3://bucket']) {
      const config = loadConfig({ ...key, ARCHIVE_URL, HTTP_PROXY: 'http://proxy' })
      expect(describeConfig(config)).toEqual({
        ...config,
        vendor: { ...config.vendor, apiKey: '[redacted]' },
      })
    }
  })
})

describe('the passwords of an address', () => {
  it.each([
    ['postgres://me:word@db/jobs', ['word', 'word']],
    ['postgres://me@db/jobs', []],
    ['postgres://db/jobs?user=me&password=a%20b', ['a%20b', 'a b']],
    ['postgres://db/jobs?PWD=word&sslpassword=other', ['word', 'word', 'other', 'other']],
    ['postgres://me:one@db/jobs?x=y&pass=two', ['one', 'one', 'two', 'two']],
    ['postgres://db/jobs?password=&x=1', []],
    ['postgres://db/jobs?password=100%', ['100%', '100%']],
    ['no address', []],
    ['', []],
  ])('%j are %j', (address, passwords) => {
    expect(passwordsOf(address)).toEqual(passwords)
  })

  it.each([
    ['postgres://me:word@db/jobs', 'postgres://me:redacted@db/jobs'],
    ['postgres://me@db/jobs', 'postgres://me@db/jobs'],
    ['postgres://db/jobs?user=me&password=word&x=1', 'postgres://db/jobs?user=me&password=redacted&x=1'],
    ['postgres://db/jobs?PWD=word', 'postgres://db/jobs?PWD=redacted'],
    ['no address', '[redacted]'],
  ])('are not in %j as it is shown', (address, shown) => {
    expect(withoutPassword(address)).toBe(shown)
  })
})

import { describe, expect, test } from 'vitest'
import { readFileUrl } from '../../src/config/path.ts'
import { describeConfig, loadConfig } from '../../src/config.ts'
import { faultsOf, key } from '../support/config.ts'

describe('the archive', () => {
  const aws = { AWS_ACCESS_KEY_ID: 'AKIA0123456789', AWS_SECRET_ACCESS_KEY: 'hunter2' }

  test.each([
    ['file:data/outputs', { kind: 'folder', path: 'data/outputs' }],
    ['file:///var/outputs', { kind: 'folder', path: '/var/outputs' }],
    ['s3://my-bucket', { kind: 's3', bucket: 'my-bucket', prefix: '' }],
    ['s3://my.bucket/a/b-c/', { kind: 's3', bucket: 'my.bucket', prefix: 'a/b-c' }],
    ['s3://my.bucket/v1./x..', { kind: 's3', bucket: 'my.bucket', prefix: 'v1./x..' }],
  ])('%s is understood', (ARCHIVE_URL, target) => {
    expect(loadConfig({ ...key, ARCHIVE_URL }).archive).toEqual({
      target,
      maxBytes: 500_000_000,
      posters: { program: 'ffmpeg', searchPath: '' },
    })
  })

  test('in a bucket has the region, endpoint and credentials of the usual variables, and shows no secret', () => {
    const config = loadConfig({
      ...key,
      ...aws,
      ARCHIVE_URL: 's3://bucket',
      ARCHIVE_MAX_MB: '2',
      FFMPEG: '/opt/bin/ffmpeg',
      PATH: '/bin:/opt/bin',
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
      posters: { program: '/opt/bin/ffmpeg', searchPath: '/bin:/opt/bin' },
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

  test('is a PostgreSQL database, with a role if one is set', () => {
    expect(loadConfig({ ...key, DATABASE_URL })).toMatchObject({
      database: { kind: 'postgres', url: DATABASE_URL },
      role: 'all',
    })
    expect(loadConfig({ ...key, DATABASE_URL, ROLE: 'Worker' })).toMatchObject({ role: 'worker' })
  })

  test.each([
    [{ DATABASE_URL: 'mysql://user:hunter2@db/jobs' }, 'DATABASE_URL must be a SQLite file'],
    [
      { DATABASE_URL: 'postgres:jobs' },
      'a PostgreSQL database (postgres://user:password@host:5432/database).',
    ],
    [{ DATABASE_URL, ROLE: 'reader' }, 'ROLE is "reader": it must be one of all, web, worker'],
    [{ ROLE: 'web' }, 'ROLE=web is for many gateways, and a SQLite file has one'],
  ])('%o is refused with one fault, without a password', (env, words) => {
    const faults = faultsOf(env)
    expect(faults).toEqual([expect.stringContaining(words)])
    expect(faults.join()).not.toContain('hunter2')
  })

  test.each([DATABASE_URL, 'postgres://db/jobs?user=user&password=hunter2'])(
    'is described without its password: %s',
    (url) => {
      const config = loadConfig({ ...key, DATABASE_URL: url })
      expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2')
    },
  )
})

describe('an address of a file', () => {
  test('begins with file: and has nothing else before its path', () => {
    expect(readFileUrl('s3://bucket/file:jobs')).toBeNull()
    for (const url of ['file://file:/jobs', 'file:jobs\nmore']) {
      expect(readFileUrl(url)).toEqual({ fault: expect.stringMatching(/^must be file:relative/) })
    }
  })

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

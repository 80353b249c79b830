import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withoutQuotes } from '../../src/config/quotes.ts'
import {
  describeConfig,
  type Environment,
  gatewayVariables,
  loadConfig,
  readEnvironment,
  sandboxVariables,
} from '../../src/config.ts'
import { faultsOf, key } from '../support/config.ts'

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

describe('the quotes around a value', () => {
  test('are taken away, and those within it are not', () => {
    const bare = withoutQuotes({ ARCHIVE_URL: `"file:it's.d"` }, [])
    expect(bare['ARCHIVE_URL']).toBe(`file:it's.d`)
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
    ['AWS_ACCES_KEY_ID', 'AWS_ACCESS_KEY_ID'],
    ['wavespeed_tier', 'WAVESPEED_TIER'],
  ])('is a warning with the nearest name: %s', (name, nearest) => {
    expect(warningsOf({ [name]: 'hunter2' })).toEqual([
      `${name} is no variable of the gateway and has no effect. The nearest is ${nearest}.`,
    ])
  })

  test.each(['REDIS_URL', 'redis_url', 'REDIS_URL_FILE'])(
    'but was one of an earlier version is a warning that says what to do: %s',
    (name) => {
      expect(warningsOf({ [name]: 'redis://:hunter2@redis' })).toEqual([
        `${name} has no effect any more: gateways share their work and their events through PostgreSQL alone. Remove it.`,
      ])
    },
  )

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

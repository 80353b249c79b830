import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { withSecretFiles } from '../../src/config/secret-files.ts'
import { loadConfig, secretVariables } from '../../src/config.ts'
import { faultsOf, key } from '../support/config.ts'

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

  test('keeps the line breaks within it', () => {
    const read = withSecretFiles({ AWS_SESSION_TOKEN_FILE: file('one\ntwo\n') }, [])
    expect(read['AWS_SESSION_TOKEN']).toBe('one\ntwo')
  })

  test.each(secretVariables)('can be each of them, and is known: %s', (name) => {
    const values: Record<string, string> = {
      DATABASE_URL: 'postgres://user:hunter2@db/jobs',
    }
    const others = {
      ...key,
      ARCHIVE_URL: 's3://bucket',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
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

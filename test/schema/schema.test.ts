import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  assertEnumType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { AccessKeyError, AccessKeyNotFoundError } from '../../src/access/error.ts'
import { ArchiveUnavailableError } from '../../src/archive/error.ts'
import type { ExpectedError } from '../../src/expected-error.ts'
import { RateLimitedError } from '../../src/jobs/rate-limited.ts'
import { terminalStates } from '../../src/jobs/state.ts'
import { schema } from '../../src/schema/index.ts'
import {
  IdempotencyConflictError,
  InvalidInputError,
  JobNotFoundError,
  JobStateError,
  UploadNotFoundError,
  VendorUnavailableError,
} from '../../src/service/error.ts'

/** The names of all classes of expected errors in the source. */
function expectedErrors(): string[] {
  const src = join(import.meta.dirname, '../../src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return files.flatMap((path) =>
    [...readFileSync(join(src, path), 'utf8').matchAll(/class (\w+) extends ExpectedError/g)].map(
      ([, name = '']) => name,
    ),
  )
}

/** Everything of the schema that can have a description, by its coordinate. */
function* described(): Generator<[string, string | null | undefined]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    yield [type.name, type.description]
    if (isEnumType(type)) {
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description]
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        yield [`${type.name}.${field.name}`, field.description]
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field.description]
        for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name}:)`, arg.description]
      }
    }
  }
}

const typeOf = (coordinate: `${string}.${string}`) => {
  const [name = '', field = ''] = coordinate.split('.')
  const type = schema.getType(name)
  return isObjectType(type) || isInterfaceType(type) ? String(type.getFields()[field]?.type) : undefined
}

describe('the public schema', () => {
  it('describes everything in it', () => {
    const missing = [...described()].filter(([, description]) => !description?.trim())
    expect(missing.map(([coordinate]) => coordinate)).toEqual([])
  })

  it('gives errors codes and states as enums', () => {
    expect(typeOf('Error.code')).toBe('ErrorCode!')
    expect(typeOf('JobStateError.state')).toBe('JobState!')
    expect(typeOf('JobStateError.allowed')).toBe('[JobState!]!')
  })

  it('names the code of every expected error of a mutation, and no other', () => {
    const thrown: ExpectedError[] = [
      new InvalidInputError([]),
      new IdempotencyConflictError('a'),
      new JobNotFoundError('a'),
      new JobStateError('retried', 'QUEUED', terminalStates),
      new UploadNotFoundError('a'),
      new VendorUnavailableError(),
      new ArchiveUnavailableError(),
      new AccessKeyError(),
      new AccessKeyNotFoundError('a'),
      new RateLimitedError('waitingJobs', 5, 1),
    ]
    const ofAnyOperation = [
      'HistoryUnavailableError',
      'IdentityUnavailableError',
      'JobUnreadableError',
      'SearchTooLongError',
      'TooManyTriesError',
      'UnauthenticatedError',
    ]
    const ofUploads = ['UploadError']
    const ofStreams = ['AccessEndedError', 'ChangesExpiredError', 'StoppingError', 'StreamTooSlowError']
    const ofMutations = thrown.map((error) => error.constructor.name)
    expect(expectedErrors().sort()).toEqual(
      [...ofMutations, ...ofAnyOperation, ...ofStreams, ...ofUploads].sort(),
    )
    const codes = assertEnumType(schema.getType('ErrorCode')).getValues()
    expect(codes.map(({ value }) => value).sort()).toEqual(thrown.map(({ code }) => code).sort())
  })
})

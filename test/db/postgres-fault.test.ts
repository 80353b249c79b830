import pg from 'pg'
import { expect, test } from 'vitest'
import { translate } from '../../src/db/postgres/fault.ts'

const ofServer = (code: string) => Object.assign(new pg.DatabaseError('why', 0, 'error'), { code })
const ofNetwork = (code: string) => Object.assign(new Error('why'), { code })

test.each([
  [ofServer('57P01'), 'unreachable'],
  [ofServer('08006'), 'unreachable'],
  [ofServer('25P03'), 'unreachable'],
  [ofServer('53300'), 'unreachable'],
  [ofServer('53100'), 'full'],
  [ofServer('25006'), 'read-only'],
  [ofServer('40P01'), 'busy'],
  [ofServer('55P03'), 'busy'],
  [ofServer('XX001'), 'broken'],
  [ofNetwork('ECONNREFUSED'), 'unreachable'],
  [new Error('Connection terminated unexpectedly'), 'unreachable'],
  [new Error('timeout exceeded when trying to connect'), 'unreachable'],
  [new Error('Query read timeout'), 'unreachable'],
])('%s is a fault of the history: %s', (error, fault) => {
  expect(translate(error)).toMatchObject({ code: 'HISTORY_UNAVAILABLE', fault, cause: error })
  // As Drizzle wraps it, with the statement and its values in the message.
  const wrapped = translate(new Error('Failed query: …', { cause: error }))
  expect(wrapped).toMatchObject({ fault, cause: error })
})

test.each([ofServer('23505'), ofServer('42703'), new Error('a bug')])('%s is not', (error) => {
  expect(translate(error)).toBe(error)
})

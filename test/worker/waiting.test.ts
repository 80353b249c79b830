import { describe, expect, it } from 'vitest'
import type { VendorStatus } from '../../src/jobs/vendor.ts'
import { needsPerson, vendorStatus, waitingFor } from '../../src/worker/waiting.ts'
import { holdOf } from '../support/holds.ts'

const status = (state: VendorStatus['state']): VendorStatus => ({
  state,
  message: `it is ${state}`,
  since: 1,
})
const pauseOf = (reason: 'rate' | 'unreachable') => ({ reason, message: 'HTTP 429', since: 4 })

describe('how the vendor is', () => {
  it('is what its answers say while nothing holds submissions up', () => {
    for (const state of ['OK', 'UNKNOWN', 'UNREACHABLE'] as const) {
      expect(vendorStatus({ status: status(state), hold: null, pause: null })).toEqual(status(state))
    }
  })

  it.each([
    ['key', 'KEY_REFUSED'],
    ['account', 'ACCOUNT_REFUSED'],
    ['address', 'SUBMISSIONS_REFUSED'],
  ] as const)('is told by a hold for the %s: %s, in the words of the refusal', (scope, state) => {
    for (const before of ['OK', 'UNREACHABLE'] as const) {
      const seen = vendorStatus({ status: status(before), hold: holdOf(scope), pause: pauseOf('rate') })
      expect(seen).toEqual({ state, message: 'HTTP 403', since: 2 })
    }
  })

  it('is not told by a hold for one model', () => {
    expect(vendorStatus({ status: status('OK'), hold: holdOf('model'), pause: null })).toEqual(status('OK'))
  })

  it.each(['KEY_REFUSED', 'NOT_THE_VENDOR'] as const)('stays %s, whatever holds submissions up', (state) => {
    const known = { status: status(state), hold: holdOf('account'), pause: pauseOf('rate') }
    expect(vendorStatus(known)).toEqual(status(state))
  })

  it.each([
    ['rate', 'RATE_LIMITED'],
    ['unreachable', 'UNREACHABLE'],
  ] as const)('is told by a pause (%s): %s, in its words', (reason, state) => {
    const seen = vendorStatus({ status: status('OK'), hold: null, pause: pauseOf(reason) })
    expect(seen).toEqual({ state, message: 'HTTP 429', since: 4 })
  })

  it('stays unreachable in the words of the poll during a pause', () => {
    const known = { status: status('UNREACHABLE'), hold: null, pause: pauseOf('rate') }
    expect(vendorStatus(known)).toEqual(status('UNREACHABLE'))
  })
})

const meaning: Readonly<
  Record<VendorStatus['state'], { readonly person: boolean; readonly reason: string | null }>
> = {
  OK: { person: false, reason: null },
  UNKNOWN: { person: false, reason: 'VENDOR' },
  UNREACHABLE: { person: false, reason: 'VENDOR' },
  RATE_LIMITED: { person: false, reason: 'PAUSE' },
  NOT_THE_VENDOR: { person: true, reason: 'VENDOR' },
  SUBMISSIONS_REFUSED: { person: true, reason: 'VENDOR' },
  KEY_REFUSED: { person: true, reason: 'KEY' },
  ACCOUNT_REFUSED: { person: true, reason: 'ACCOUNT' },
}
const states = Object.keys(meaning) as VendorStatus['state'][]

describe('a vendor', () => {
  it.each(states)('that is %s needs a person or does not', (state) => {
    expect(needsPerson(status(state))).toBe(meaning[state].person)
  })
})

describe('a waiting job', () => {
  const queued = { state: 'QUEUED', runAt: 10 } as const

  it.each(states.filter((state) => state !== 'OK'))(
    'says what a vendor that is %s makes it wait for',
    (state) => {
      const known = { status: status(state), hold: holdOf('model'), now: 0 }
      expect(waitingFor(queued, known)).toBe(meaning[state].reason)
    },
  )

  it('waits for its model, for the end of its pause or for a place, in this order', () => {
    const known = { status: status('OK'), hold: null }
    expect(waitingFor(queued, { ...known, hold: holdOf('model'), now: 0 })).toBe('MODEL')
    expect(waitingFor(queued, { ...known, now: 9 })).toBe('PAUSE')
    expect(waitingFor(queued, { ...known, now: 10 })).toBe('PLACE')
    expect(waitingFor(queued, { ...known, hold: holdOf('account'), now: 10 })).toBe('PLACE')
  })

  it.each(['SUBMITTING', 'CREATED', 'COMPLETED'] as const)('waits for nothing when it is %s', (state) => {
    const known = { status: status('KEY_REFUSED'), hold: null, now: 0 }
    expect(waitingFor({ state, runAt: 10 }, known)).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { VendorError } from '../../src/wavespeed/error.ts'
import { pollFailure, submitFailure } from '../../src/wavespeed/outcome.ts'

const status = (number: number, details = {}) =>
  new VendorError('status', 'words', { status: number, ...details })
/** In the vendor's own form, not as a page of whatever stands before it. */
const own = (number: number, details = {}) => status(number, { code: number, isVendors: true, ...details })
const envelope = (code: number) =>
  new VendorError('envelope', 'words', { status: 200, code, isVendors: true })

describe('what a failed submission means', () => {
  it.each([
    ['HTTP 400', own(400), 'refused', 'INPUT_REFUSED'],
    ['HTTP 413, also of a proxy', status(413), 'refused', 'INPUT_REFUSED'],
    ['HTTP 415', own(415), 'refused', 'INPUT_REFUSED'],
    ['HTTP 422', own(422), 'refused', 'INPUT_REFUSED'],
    ['HTTP 400 with task code 1402', own(400, { code: 1402 }), 'refused', 'MEDIA_UNREACHABLE'],
    ['HTTP 400 with task code 1401', own(400, { code: 1401 }), 'refused', 'INPUT_REFUSED'],
    ['HTTP 200 with envelope code 400', envelope(400), 'refused', 'INPUT_REFUSED'],
    ['HTTP 200 with envelope code 1200', envelope(1200), 'refused', 'CONTENT_MODERATED'],
  ] as const)('%s is a refusal of the input', (_name, error, kind, code) => {
    expect(submitFailure(error)).toEqual({ kind, error: { code, message: 'words' } })
  })

  it.each([
    ['HTTP 401', status(401), 'key', 'ACCOUNT_REFUSED'],
    ['HTTP 402', status(402), 'account', 'INSUFFICIENT_CREDITS'],
    ['HTTP 403', status(403), 'account', 'ACCOUNT_REFUSED'],
    ['HTTP 400 with task code 1407', own(400, { code: 1407 }), 'account', 'INSUFFICIENT_CREDITS'],
    ['HTTP 200 with envelope code 1407', envelope(1407), 'account', 'INSUFFICIENT_CREDITS'],
    ['HTTP 404 in the form of the vendor', own(404), 'model', 'MODEL_UNAVAILABLE'],
    ['a page with HTTP 404', status(404), 'address', 'SUBMISSION_REFUSED'],
    ['a page with HTTP 405', status(405), 'address', 'SUBMISSION_REFUSED'],
    ['a page with HTTP 400', status(400), 'address', 'SUBMISSION_REFUSED'],
    ['HTTP 409', own(409), 'address', 'SUBMISSION_REFUSED'],
    ['HTTP 451', own(451), 'address', 'SUBMISSION_REFUSED'],
    ['HTTP 200 with envelope code 1100', envelope(1100), 'address', 'SUBMISSION_REFUSED'],
  ] as const)('%s may meet other jobs too, so it holds them', (_name, error, scope, code) => {
    expect(submitFailure(error)).toEqual({ kind: 'held', scope, error: { code, message: 'words' } })
  })

  it.each([
    ['HTTP 429', status(429), 'rate', 60_000],
    ['HTTP 429 with Retry-After', status(429, { retryAfterMs: 5_000 }), 'rate', 5_000],
    ['HTTP 429 with Retry-After: 0', status(429, { retryAfterMs: 0 }), 'rate', 1_000],
    ['HTTP 429 with a Retry-After of years', status(429, { retryAfterMs: 1e12 }), 'rate', 300_000],
    ['HTTP 200 with envelope code 429', envelope(429), 'rate', 60_000],
    ['no connection', new VendorError('not-sent', 'words'), 'unreachable', 10_000],
  ] as const)(
    '%s sends the job back to the queue, since nothing was taken',
    (_name, error, reason, pauseMs) => {
      expect(submitFailure(error)).toEqual({ kind: 'deferred', reason, message: 'words', pauseMs })
    },
  )

  it('what was withheld here was not sent, and is no matter of the vendor', () => {
    const error = new VendorError('withheld', 'words')
    expect(submitFailure(error)).toEqual({ kind: 'withheld', message: 'words' })
  })

  it.each([
    ['HTTP 408', status(408)],
    ['HTTP 499', status(499)],
    ['HTTP 302', status(302)],
    ['HTTP 500', status(500)],
    ['HTTP 504', status(504)],
    ['HTTP 200 with envelope code 500', envelope(500)],
    ['HTTP 200 with envelope code 5004', envelope(5004)],
    ['a broken connection', new VendorError('interrupted', 'words')],
    ['no JSON', new VendorError('not-json', 'words', { status: 200 })],
    ['another shape', new VendorError('shape', 'words', { status: 200 })],
    ['a fault of our own', new Error('words')],
  ])('%s is unknown: it may have been taken and is never sent again', (_name, error) => {
    expect(submitFailure(error)).toEqual({ kind: 'unknown', message: 'words' })
  })
})

describe('what a failed poll means', () => {
  it('only the own 404 of the vendor says that it does not know the prediction', () => {
    expect(pollFailure(own(404))).toEqual({ kind: 'notFound', message: 'words' })
    expect(pollFailure(envelope(404))).toEqual({ kind: 'notFound', message: 'words' })
    expect(pollFailure(status(404)).kind).toBe('unanswered')
  })

  it.each([
    status(302),
    status(401),
    status(402),
    status(403),
    status(405),
    status(429),
    status(500),
    envelope(429),
    envelope(500),
    envelope(5000),
    new VendorError('interrupted', 'words'),
  ])('%j is no answer, so that no deadline counts', (error) => {
    expect(pollFailure(error).kind).toBe('unanswered')
  })

  it.each([
    envelope(1402),
    new VendorError('not-json', 'words', { status: 200 }),
    new VendorError('shape', 'words', { status: 200 }),
  ])('%j is nonsense', (error) => {
    expect(pollFailure(error)).toEqual({ kind: 'unusable', message: 'words' })
  })
})

describe('the numbers of an answer', () => {
  it.each([
    [999, 'unknown'],
    [1000, 'held'],
    [1012, 'held'],
    [1199, 'held'],
    [1200, 'refused'],
    [1299, 'refused'],
    [1300, 'held'],
    [1400, 'refused'],
    [1999, 'held'],
    [2000, 'unknown'],
    [3999, 'unknown'],
  ])('%i in the envelope of a submission is %s', (code, kind) => {
    expect(submitFailure(envelope(code)).kind).toBe(kind)
  })

  it.each([
    [999, 'unanswered'],
    [1000, 'unusable'],
    [4999, 'unusable'],
    [5000, 'unanswered'],
  ])('%i in the envelope of a poll is %s', (code, kind) => {
    expect(pollFailure(envelope(code)).kind).toBe(kind)
  })

  it('lead by the task code first, then by the envelope, then by the status', () => {
    expect(submitFailure(status(500, { code: 1200 })).kind).toBe('refused')
    expect(submitFailure(status(429, { code: 400 })).kind).toBe('deferred')
    expect(submitFailure(new VendorError('status', 'words')).kind).toBe('unknown')
  })
})

describe('the pause that a poll is asked for', () => {
  it.each([
    [null, null],
    [0, 0],
    [5_000, 5_000],
    [60_000, 60_000],
    [90_000, 60_000],
  ])('of %j ms is kept as %j', (retryAfterMs, pauseMs) => {
    expect(pollFailure(status(429, { retryAfterMs }))).toEqual({
      kind: 'unanswered',
      message: 'words',
      pauseMs,
    })
  })
})

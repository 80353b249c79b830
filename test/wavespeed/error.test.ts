import { describe, expect, it } from 'vitest'
import { NotSentError, networkFault, VendorError } from '../../src/wavespeed/error.ts'

const fault = (members: object, message = 'words') => Object.assign(new Error(message), members)
describe('a network error', () => {
  it.each([
    [new NotSentError('unreachable', fault({ code: 'ECONNREFUSED' })), 'not-sent'],
    [new NotSentError('withheld', fault({ code: 'ENOSPC' })), 'withheld'],
    [fault({ code: 'ECONNREFUSED' }), 'interrupted'],
    [new Error('outer', { cause: new NotSentError('unreachable', fault({})) }), 'interrupted'],
    ['no error', 'interrupted'],
  ])('says that nothing was sent only where that is known (%#)', (error, meaning) => {
    expect(networkFault(error).fault).toBe(meaning)
  })

  it('of a request that was not sent is told as what kept it here', () => {
    const error = new NotSentError('unreachable', fault({ code: 'ECONNREFUSED' }, 'connect'))
    expect(networkFault(error).words).toBe('connect (ECONNREFUSED)')
    const { name, message, reason } = error
    expect({ name, message, reason }).toEqual({
      name: 'NotSentError',
      message: 'the request was not sent',
      reason: 'unreachable',
    })
  })

  it.each<[unknown, string]>([
    ['no error', 'the connection failed'],
    [fault({ code: 'ECONNRESET' }, 'socket hang up'), 'socket hang up (ECONNRESET)'],
    [fault({}, 'socket hang up'), 'socket hang up (Error)'],
    [fault({ code: 7 }, 'socket hang up'), 'socket hang up (Error)'],
    [fault({ code: 'ECONNRESET' }, ''), 'ECONNRESET'],
    [new AggregateError([new Error('first'), new Error('second')], 'all'), 'first (AggregateError)'],
    [new AggregateError([new Error('')], 'all'), 'all (AggregateError)'],
    [new AggregateError(['no error'], 'all'), 'all (AggregateError)'],
  ])('%s is told as %j', (error, words) => {
    expect(networkFault(error).words).toBe(words)
  })
})

describe('a fault of the vendor', () => {
  it('knows no more than it was told', () => {
    const error = new VendorError('shape', 'words')
    const { name, message, status, code, retryAfterMs, isVendors } = error
    expect({ name, message, status, code, retryAfterMs, isVendors }).toEqual({
      name: 'VendorError',
      message: 'words',
      status: null,
      code: null,
      retryAfterMs: null,
      isVendors: false,
    })
    expect('cause' in error).toBe(false)
  })

  it('keeps its cause', () => {
    const cause = new Error('inner')
    expect(new VendorError('interrupted', 'words', { cause }).cause).toBe(cause)
  })
})

import { describe, expect, it } from 'vitest'
import { networkFault, networkMessage, VendorError } from '../../src/wavespeed/error.ts'

const fault = (members: object, message = 'words') => Object.assign(new Error(message), members)
/** An error below so many others. */
const below = (depth: number, error: Error): Error => {
  let outer = error
  for (let level = 0; level < depth; level += 1) outer = new Error('outer', { cause: outer })
  return outer
}

describe('a network error', () => {
  it.each([
    [{ code: 'ECONNREFUSED' }, 'not-connected'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'not-connected'],
    [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'not-connected'],
    [{ code: 'EMFILE' }, 'not-connected'],
    [{ code: 'ENETUNREACH', syscall: 'connect' }, 'not-connected'],
    [{ code: 'ECONNRESET', syscall: 'getaddrinfo' }, 'not-connected'],
    [{ code: 'ECONNRESET' }, 'interrupted'],
    [{ code: 'ECONNRESET', syscall: 'read' }, 'interrupted'],
    [{ code: 'ECONNRESET', syscall: 'reconnect' }, 'interrupted'],
    [{ code: 'ECONNRESET', syscall: 'connects' }, 'interrupted'],
    [{ code: 'XECONNREFUSED' }, 'interrupted'],
    [{ code: 'ECONNREFUSEDX' }, 'interrupted'],
    [{ code: 'XEMFILE' }, 'interrupted'],
    [{ code: 'EMFILEX' }, 'interrupted'],
    [{ code: ['EMFILE'] }, 'interrupted'],
    [{ syscall: 'connect' }, 'interrupted'],
    [{}, 'interrupted'],
  ])('%j is %s', (members, meaning) => {
    expect(networkFault(fault(members))).toBe(meaning)
  })

  it('is judged by its causes, down to the eighth', () => {
    const refused = fault({ code: 'ECONNREFUSED' })
    expect([0, 1, 7, 8].map((depth) => networkFault(below(depth, refused)))).toEqual([
      'not-connected',
      'not-connected',
      'not-connected',
      'interrupted',
    ])
  })

  it('comes to an end where causes lead in a circle', () => {
    const one = new Error('one')
    one.cause = new Error('other', { cause: one })
    expect(networkFault(one)).toBe('interrupted')
  })

  it('of several addresses is one of no connection only if each of them is', () => {
    const [refused, reset] = [fault({ code: 'ECONNREFUSED' }), fault({ code: 'ECONNRESET' })]
    const aggregate = (...errors: Error[]) => networkFault(new AggregateError(errors, 'all'))
    expect(aggregate(refused, refused)).toBe('not-connected')
    expect(aggregate(refused, reset)).toBe('interrupted')
    expect(aggregate()).toBe('interrupted')
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
    expect(networkMessage(error)).toBe(words)
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

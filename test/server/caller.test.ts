import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { networkOf } from '../../src/address.ts'
import { addressOf, callerOf } from '../../src/server/caller.ts'

const socket = { remoteAddress: '10.0.0.7' } as IncomingMessage['socket']
const request = (forwardedFor?: string) => ({ socket, headers: { 'x-forwarded-for': forwardedFor } })

describe('where a request comes from', () => {
  it('is the other end of the connection, whatever a stranger writes', () => {
    for (const text of [undefined, '', '203.0.113.9', '203.0.113.9, 127.0.0.1'])
      expect(addressOf(request(text), 0)).toBe('10.0.0.7')
  })

  it.each([
    [1, '203.0.113.9', '203.0.113.9'],
    [1, '127.0.0.1, 203.0.113.9', '203.0.113.9'],
    [2, '127.0.0.1, 203.0.113.9, 10.0.0.8', '203.0.113.9'],
    [2, '127.0.0.1,203.0.113.9,10.0.0.8', '203.0.113.9'],
    [1, '203.0.113.9:4711', '203.0.113.9'],
    [1, ' 2001:db8::1 ', '2001:db8::1'],
    [1, '[2001:db8::1]', '2001:db8::1'],
    [1, '[2001:db8::1]:4711', '2001:db8::1'],
  ])('is what the outermost of %i trusted proxies says: %j', (proxies, text, address) => {
    expect(addressOf(request(text), proxies)).toBe(address)
  })

  it.each([
    [1, undefined],
    [1, ''],
    [1, 'unknown'],
    [1, '203.0.113.9, gateway.example.com'],
    [1, '203.0.113.9,'],
    [1, '[203.0.113.9'],
    [2, '203.0.113.9'],
  ])('is the other end where %i trusted proxies do not say: %j', (proxies, text) => {
    expect(addressOf(request(text), proxies)).toBe('10.0.0.7')
  })

  it('stands in the log with all that the request says of it', () => {
    expect(callerOf(request(), 0)).toEqual({ address: '10.0.0.7' })
    expect(callerOf(request(''), 0)).toEqual({ address: '10.0.0.7' })
    const text = '127.0.0.1, 203.0.113.9'
    expect(callerOf(request(text), 0)).toEqual({ address: '10.0.0.7', forwardedFor: text })
    expect(callerOf(request(text), 1)).toEqual({ address: '203.0.113.9', forwardedFor: text })
  })
})

describe('the network of an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '', 'localhost', 'somewhere'])(
    'of %j is none',
    (address) => {
      expect(networkOf(address)).toBeNull()
    },
  )
})

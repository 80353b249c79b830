import { expect, it } from 'vitest'
import { addressFault, normalAddress } from '../../src/catalog/address.ts'

it.each([
  ['https://a.example.com/x', 'https://a.example.com/x'],
  ['HTTP://A.Example.com', 'http://a.example.com/'],
  [' https://a.example.com/ x ', 'https://a.example.com/%20x'],
  ['ftp://A.example.com', 'ftp://A.example.com'],
  ['xhttp://A', 'xhttp://A'],
  ['owner/Model', 'owner/Model'],
])('%j is stored as %j', (text, stored) => {
  expect(normalAddress(text)).toBe(stored)
})

it.each([
  'https://a.example.com',
  'http://1.2.3.4:65535/x?y#z',
  'HTTPS://a.example.com',
  ' https://a.example.com',
  'https:a.example.com',
  'https:\\\\a.example.com\\x',
  'https://me:word@a.example.com',
  'https://a.example.com/\nx',
])('nothing is wrong with %j', (text) => {
  expect(addressFault(text)).toBeNull()
})

it.each([
  ['a.example.com', 'has no scheme: it has to begin with https:// or http://.'],
  ['', 'has no scheme: it has to begin with https:// or http://.'],
  ['//a.example.com', 'has no scheme: it has to begin with https:// or http://.'],
  ['1a://x', 'has no scheme: it has to begin with https:// or http://.'],
  ['see https://a.example.com', 'has no scheme: it has to begin with https:// or http://.'],
  ['ftp://a.example.com', 'has the scheme ftp: it has to begin with https:// or http://.'],
  ['\nx+y.z-1:a', 'has the scheme x+y.z-1: it has to begin with https:// or http://.'],
  [`${'a'.repeat(30)}:x`, `has the scheme ${'a'.repeat(20)}: it has to begin with https:// or http://.`],
  ['https://', 'has no host.'],
  ['https:', 'has no host.'],
  ['https://:80/x', 'has no host.'],
  ['https://me@', 'has no host.'],
  ['https://a.example.com:65536', 'has the port 65536: 65535 is the last one.'],
  ['https://me:1@a:99999999999999/x', 'has the port 999999999999: 65535 is the last one.'],
  ['https://a b/x', 'has the host "a b", which is neither a name nor an address.'],
  ['https:\\\\a b\\x', 'has the host "a b", which is neither a name nor an address.'],
  ['https://a b?x', 'has the host "a b", which is neither a name nor an address.'],
  ['https://a b#x', 'has the host "a b", which is neither a name nor an address.'],
  ['https://me@you@a b', 'has the host "a b", which is neither a name nor an address.'],
  ['https://a b:80', 'has the host "a b:80", which is neither a name nor an address.'],
  ['https://a:99999x', 'has the host "a:99999x", which is neither a name nor an address.'],
  ['https://a:8x', 'has the host "a:8x", which is neither a name nor an address.'],
  ['https://a b:65535', 'has the host "a b:65535", which is neither a name nor an address.'],
  [
    `https://${' '.repeat(1)}${'a'.repeat(90)} b`,
    `has the host "${' '.repeat(1)}${'a'.repeat(79)}", which is neither a name nor an address.`,
  ],
])('%j %s', (text, fault) => {
  expect(addressFault(text)).toBe(fault)
})

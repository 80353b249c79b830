import { describe, expect, it } from 'vitest'
import { isLoopbackHost, isSpecialAddress, reasonNameRefused, reasonRefused } from '../src/address.ts'

const nowhere = () => false
const from = new URL('https://cdn.example.com/a.mp4')

describe('the address of an output', () => {
  it.each([
    'https://cdn.example.com/a.mp4',
    'https://8.8.8.8/a.mp4',
    'https://172.32.0.1/a.mp4',
    'https://[2606:4700::1111]/a.mp4',
  ])('may be %s', (url) => {
    expect(reasonRefused(new URL(url), null, nowhere)).toBeNull()
    expect(reasonRefused(new URL(url), from, nowhere)).toBeNull()
  })

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0.0.0.0/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.100.100.200/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
  ])('is refused as %s, but for a host that may be private', (url) => {
    const to = new URL(url)
    expect(reasonRefused(to, from, nowhere)).toBe('its address is not one of the internet.')
    expect(reasonRefused(to, from, (host) => host === to.hostname)).toBeNull()
  })

  it('does not lead from https to http, or to anything else', () => {
    expect(reasonRefused(new URL('http://cdn.example.com/'), from, nowhere)).toMatch('from https to http')
    expect(
      reasonRefused(new URL('http://cdn.example.com/'), new URL('http://a.example/'), nowhere),
    ).toBeNull()
    expect(reasonRefused(new URL('file:///etc/passwd'), null, nowhere)).toMatch('not http(s)')
    expect(reasonRefused(new URL('xhttp://cdn.example.com/'), null, nowhere)).toMatch('not http(s)')
  })

  it('is refused if one of the addresses of its name is', () => {
    expect(reasonNameRefused('a.example', ['8.8.8.8'], nowhere)).toBeNull()
    expect(reasonNameRefused('a.example', ['8.8.8.8', '::1'], nowhere)).not.toBeNull()
    expect(reasonNameRefused('a.example', ['10.0.0.1'], (host) => host === 'a.example')).toBeNull()
  })
})

/** Both registries of IANA, each network with its first and its last address. */
const special: readonly (readonly [network: string, first: string, last: string])[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255'],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255'],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255'],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255'],
  ['192.31.196.0/24', '192.31.196.0', '192.31.196.255'],
  ['192.52.193.0/24', '192.52.193.0', '192.52.193.255'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255'],
  ['192.175.48.0/24', '192.175.48.0', '192.175.48.255'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255'],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255'],
  ['::/128 and ::1/128', '::', '::1'],
  ['::/96, IPv4-compatible', '::7f00:1', '::8.8.8.8'],
  ['64:ff9b:1::/48', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::/64', '100::', '100::ffff:ffff:ffff:ffff'],
  ['100:0:0:1::/64', '100:0:0:1::', '100:0:0:1:ffff:ffff:ffff:ffff'],
  ['2001::/23', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001::/32, Teredo', '2001::1', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:2::/48, benchmarks', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['2001:20::/28', '2001:20::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::/16, 6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2620:4f:8000::/48', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::/20', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::/16', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::/7', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::/10', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::/10 with a zone', 'fe80::1%eth0', 'fe80::1%2'],
  ['fec0::/10', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::/8', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
]

describe('an address that is not of the internet', () => {
  it.each(special)('is one of %s', (_network, first, last) => {
    for (const address of [first, last]) expect(isSpecialAddress(address), address).toBe(true)
  })

  const embedded: Record<string, (ipv4: string, hex: string) => string[]> = {
    'IPv4-mapped': (ipv4, hex) => [`::ffff:${ipv4}`, `::ffff:${hex}`, `0:0:0:0:0:ffff:${ipv4}`],
    'IPv4-translated': (ipv4) => [`::ffff:0:${ipv4}`],
    NAT64: (ipv4, hex) => [`64:ff9b::${ipv4}`, `64:ff9b::${hex}`],
    ISATAP: (ipv4, hex) => [`2606:4700::5efe:${hex}`, `2606:4700::200:5efe:${ipv4}`],
  }
  it.each(Object.entries(embedded))('is what it leads to: %s', (_name, write) => {
    for (const [ipv4, hex] of [
      ['127.0.0.1', '7f00:1'],
      ['169.254.169.254', 'a9fe:a9fe'],
      // Their second halves alone would be of the internet, or the third number one beside them.
      ['10.8.8.8', 'a08:808'],
      ['192.0.2.1', 'c000:201'],
      ['198.51.100.1', 'c633:6401'],
    ] as const) {
      for (const address of write(ipv4, hex)) expect(isSpecialAddress(address), address).toBe(true)
    }
    for (const address of write('8.8.8.8', '808:808')) expect(isSpecialAddress(address), address).toBe(false)
  })

  it.each([
    [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '172.32.0.0',
      '192.0.1.0',
      '198.20.0.0',
      '223.255.255.255',
    ],
    [
      '2606:4700::1111',
      '2001:200::',
      '2001:4860:4860::8888',
      '2003::',
      '2a00:1450:4001::',
      '64:ff9c::1',
      // Nearly, and not, what leads to an address of IPv4.
      '2606:4700::1:5efe:7f00:1',
      '2606:4700::5eff:7f00:1',
      '64:ff9b:0:0:0:1:7f00:1',
      '::1:ffff:0:7f00:1',
      '3ffe::1',
    ],
  ])('is none beside those networks', (...addresses) => {
    for (const address of addresses) expect(isSpecialAddress(address), address).toBe(false)
  })

  it('is none where it is a name', () => {
    for (const name of ['localhost', 'example.com', '10.example.com', '', 'f[c00::1]', '[fc00::]1'])
      expect(isSpecialAddress(name)).toBe(false)
  })
})

it('a host is this machine by its name or its address, and by nothing else', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
    '127.0.0.1',
    '127.1.2.3',
    '127.249.255.199',
    '127.100.10.0',
    '::1',
    '[::1]',
  ]) {
    expect(isLoopbackHost(host), host).toBe(true)
  }
  for (const host of [
    'localhost.example.com',
    '127.0.0.1.example.com',
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '127.0.0.256',
    'a127.0.0.1',
  ]) {
    expect(isLoopbackHost(host), host).toBe(false)
  }
})

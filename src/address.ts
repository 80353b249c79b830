import { BlockList, isIP } from 'node:net'

/** Whether a host name (as in HOST, a URL or a Host header, without its port) can only be this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = withoutBrackets(host.toLowerCase())
  return name === 'localhost' || name === '::1' || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name)
}

/**
 * The special-purpose registries of IANA, whole, with multicast and what was reserved: of this machine and its networks, or
 * for examples, benchmarks and translation. Nobody keeps a file there that is meant for the internet.
 * https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry
 */
const special = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8], // this machine, this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // of a provider
  ['127.0.0.0', 8], // this machine
  ['169.254.0.0', 16], // of the link, where clouds serve credentials
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const) {
  special.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 96], // this machine, and the old way to embed IPv4
  ['64:ff9b:1::', 48], // translation within a network
  ['100::', 64], // discarded
  ['100:0:0:1::', 64], // dummy
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, AMT, ORCHID and others
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
  ['5f00::', 16], // segment routing
  ['fc00::', 7], // private
  ['fe80::', 10], // of the link
  ['fec0::', 10], // of the site
  ['ff00::', 8], // multicast
] as const) {
  special.addSubnet(network, prefix, 'ipv6')
}

/** Whether a host, as a URL or DNS gives it, is such an address; a name is none. */
export function isSpecialAddress(host: string): boolean {
  const address = withoutBrackets(host).replace(/%.*/, '') // without its zone
  const family = isIP(address)
  if (family === 4) return special.check(address, 'ipv4')
  if (family === 0) return false
  // An IPv4-mapped address is judged as that of IPv4 by the list itself.
  if (special.check(address, 'ipv6')) return true
  const inner = embeddedIn(groupsOf(address))
  return inner !== null && special.check(inner, 'ipv4')
}

/** The address of IPv4 that one of IPv6 leads to; null if none is known. */
function embeddedIn(groups: readonly number[]): string | null {
  const starts = (...prefix: number[]) => prefix.every((group, index) => groups[index] === group)
  const isEmbedded =
    starts(0, 0, 0, 0, 0xffff, 0) || // IPv4-translated
    starts(0x64, 0xff9b, 0, 0, 0, 0) || // NAT64
    // An interface of ISATAP, in whatever network.
    (((groups[4] ?? 0) & 0xfdff) === 0 && groups[5] === 0x5efe)
  if (!isEmbedded) return null
  const [high = 0, low = 0] = groups.slice(6)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/**
 * The network of an address, as one word: of IPv4 the address itself, of IPv6 its /64, which is what one client has. Null for
 * this machine, and for what is no address.
 */
export function networkOf(address: string): string | null {
  const plain = address.replace(/%.*/, '') // without its zone
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain
  if (isIP(mapped) === 0 || isLoopbackHost(mapped)) return null
  if (isIP(mapped) === 4) return mapped
  const network = groupsOf(mapped).slice(0, 4)
  return network.map((group) => group.toString(16)).join(':')
}

/** The eight numbers of a valid address. */
function groupsOf(address: string): number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)/, (_all, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = plain.split('::')
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const [before, after] = [numbers(head), numbers(tail ?? '')]
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1')

const notOfTheInternet = 'its address is not one of the internet.'

/** Why an address is not asked, in words; null if it may be. A name is judged by `reasonNameRefused`. */
export function reasonRefused(
  to: URL,
  from: URL | null,
  mayBePrivate: (host: string) => boolean,
): string | null {
  if (!/^https?:/.test(to.protocol)) return 'its address is not http(s).'
  if (from?.protocol === 'https:' && to.protocol === 'http:') return 'its host redirects from https to http.'
  return isSpecialAddress(to.hostname) && !mayBePrivate(to.hostname) ? notOfTheInternet : null
}

/** The same for what a name stands for. */
export function reasonNameRefused(
  host: string,
  addresses: readonly string[],
  mayBePrivate: (host: string) => boolean,
): string | null {
  return addresses.some(isSpecialAddress) && !mayBePrivate(host) ? notOfTheInternet : null
}

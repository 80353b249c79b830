import { BlockList, isIP } from 'node:net'

/** Addresses of this machine and of networks that the internet does not reach (IANA's special-purpose registries). */
const inner = new BlockList()
inner.addSubnet('0.0.0.0', 8, 'ipv4') // this machine
inner.addSubnet('127.0.0.0', 8, 'ipv4')
inner.addSubnet('10.0.0.0', 8, 'ipv4') // private
inner.addSubnet('172.16.0.0', 12, 'ipv4')
inner.addSubnet('192.168.0.0', 16, 'ipv4')
inner.addSubnet('100.64.0.0', 10, 'ipv4') // of a provider
inner.addSubnet('169.254.0.0', 16, 'ipv4') // of the link, where clouds serve credentials
inner.addSubnet('::', 127, 'ipv6') // this machine, :: and ::1
inner.addSubnet('fc00::', 7, 'ipv6') // private
inner.addSubnet('fe80::', 10, 'ipv6') // of the link

/** Whether a host, as a URL or a look-up gives it, is such an address; a name is none. */
function isPrivateAddress(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  return family !== 0 && inner.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

const notOfTheInternet = 'its address is not one of the internet.'

/** Why an address is not asked, in words; null if it may be. A name is judged by `refusalOfName`. */
export function refusalOf(to: URL, from: URL | null, mayBePrivate: (host: string) => boolean): string | null {
  if (!/^https?:$/.test(to.protocol)) return 'its address is not http(s).'
  if (from?.protocol === 'https:' && to.protocol === 'http:') return 'its host redirects from https to http.'
  return isPrivateAddress(to.hostname) && !mayBePrivate(to.hostname) ? notOfTheInternet : null
}

/** The same for what a name stands for. */
export function refusalOfName(
  host: string,
  addresses: readonly string[],
  mayBePrivate: (host: string) => boolean,
): string | null {
  return addresses.some(isPrivateAddress) && !mayBePrivate(host) ? notOfTheInternet : null
}

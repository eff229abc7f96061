/** Whom an address stands for when requests are counted. */

/**
 * The visitor behind an address: an IPv4 address, however it is written, or the /64 of an IPv6 one, all of which one
 * visitor has. What is no address stays as it is.
 */
export function network(address: string): string {
  if (!address.includes(':')) return address
  const host = URL.parse(`http://[${address}]`)?.hostname
  if (!host) return address
  const groups = groupsOf(host.slice(1, -1))
  // An IPv4 address in IPv6's clothes (RFC 4291 §2.5.5.2): its last two groups.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return ipv4(groups.slice(6))
  return groups.slice(0, 4).join(':')
}

/**
 * The /48 of IPv6 that a {@link network} is part of, which is what one site is given (RFC 6177); IPv4 addresses are too
 * few to be had by the thousand, and have none.
 */
export function siteOf(visitor: string): string | undefined {
  return /^((?:[0-9a-f]+:){2}[0-9a-f]+):[0-9a-f]+$/.exec(visitor)?.[1]
}

/** All eight groups. The URL parser wrote them in lower case, without zeros in front. */
function groupsOf(host: string): string[] {
  const [before = [], after = []] = host.split('::').map((half) => half.split(':').filter(Boolean))
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

const ipv4 = (groups: string[]): string =>
  groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 255])
    .join('.')

/** Which IP addresses lead into no public network (pure), by the registries of special addresses (RFC 6890). */

/** IPv4, as number and length of the prefix. */
const PRIVATE_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, and all that was never given to anybody.
  ['224.0.0.0', 3],
]

/**
 * Whether an address leads into no public network.
 *
 * @param host - as `URL.hostname` writes an address: dotted decimal, or IPv6 in brackets, shortened.
 */
export function isPrivateAddress(host: string): boolean {
  return host.startsWith('[')
    ? isPrivateV6(wordsOf(host.slice(1, -1)))
    : isPrivateV4(numberOf(host))
}

function isPrivateV4(address: number): boolean {
  return PRIVATE_V4.some(([prefix, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor(numberOf(prefix) / size)
  })
}

/**
 * Of IPv6 only the global unicast block is public, without its documentation and its ways to IPv4, which end anywhere. What
 * wraps IPv4 otherwise (mapped, NAT64) stands outside of that block: a receiver that has IPv4 says so.
 */
function isPrivateV6([first = 0, second = 0]: readonly number[]): boolean {
  const isGlobal = first >= 0x2000 && first <= 0x3fff
  // 2001::/23 (Teredo, ORCHID, benchmarks) and 6to4; then what is for documentation: 2001:db8::/32, 3fff::/20.
  const isWay = (first === 0x2001 && second < 0x200) || first === 0x2002
  const isExample = (first === 0x2001 && second === 0xdb8) || (first === 0x3fff && second < 0x1000)
  return !isGlobal || isWay || isExample
}

const numberOf = (dotted: string): number =>
  dotted.split('.').reduce((number, part) => number * 256 + Number(part), 0)

/** The eight words of an IPv6 address. */
function wordsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const words = (part: string) =>
    part
      .split(':')
      .filter(Boolean)
      .map((word) => Number.parseInt(word, 16))
  if (tail === undefined) return words(head)
  const missing = 8 - words(head).length - words(tail).length
  return [...words(head), ...Array<number>(missing).fill(0), ...words(tail)]
}

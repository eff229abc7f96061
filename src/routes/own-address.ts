/** By which address this Worker is asked, and whether that may be so (pure; a table tests it). */
import { isLoopback } from '../loopback'

/** What the configuration says of our own address. */
export interface OwnAddress {
  /** The origin people and X know this Worker by; undefined: the request tells, where it may be believed. */
  publicOrigin: string | undefined
  /** Hosts that may be asked in plain http in development, beside this machine; without a port, at every port. */
  devHttpHosts: readonly string[]
}

/** Whether a request may be answered at all: plain http is for this machine and for the hosts that development names. */
export function isAnswered(url: URL, { devHttpHosts }: OwnAddress): boolean {
  return url.protocol === 'https:' || isLoopback(url) || isNamed(url, devHttpHosts)
}

/**
 * The origin people reach this Worker by; undefined where nothing tells. The Host header is the visitor's word: it is
 * believed of this machine and of the hosts that development names.
 */
export function ownOrigin(
  url: URL,
  { publicOrigin, devHttpHosts }: OwnAddress,
): string | undefined {
  if (publicOrigin !== undefined) return publicOrigin
  return isLoopback(url) || isNamed(url, devHttpHosts) ? url.origin : undefined
}

/**
 * Whether a request was sent to this origin of ours. Where development names the host, a tunnel or a proxy may stand
 * before us that speaks https to people and http to us, so the scheme does not count.
 */
export function isSentTo(origin: string, url: URL, { devHttpHosts }: OwnAddress): boolean {
  if (url.origin === origin) return true
  const asked = new URL(url)
  asked.protocol = new URL(origin).protocol
  return isNamed(url, devHttpHosts) && asked.origin === origin
}

function isNamed({ hostname, port }: URL, hosts: readonly string[]): boolean {
  return hosts.includes(hostname) || hosts.includes(`${hostname}:${port || '80'}`)
}

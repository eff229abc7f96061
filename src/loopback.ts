const LOOPBACK = /^((.+\.)?localhost\.?|127(\.\d+){3}|\[::1\])$/

/**
 * Whether an address is this machine itself: plain http is accepted there, and nowhere else.
 *
 * @see [RFC 6761 §6.3](https://www.rfc-editor.org/rfc/rfc6761.html#section-6.3): `localhost` and every name below it.
 */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname)
}

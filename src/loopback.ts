const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

/** Whether an address is this machine itself: plain http is accepted there, and nowhere else. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname)
}

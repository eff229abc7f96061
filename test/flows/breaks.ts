/** Broken replies of the emulator, broken for Perch as well. */

/** More than any reply of the emulator: one whose end is missing must never be complete. */
const NEVER_REACHED = String(2 ** 40)

/**
 * In these tests what Perch fetches goes through the `fetch` of this process, and the relay around it ends a reply
 * that broke off as if it were whole, or leaves it open for ever. Told to close the connection before the
 * announced length is reached, it breaks the reply off, as X and `wrangler dev` do.
 *
 * @returns what undoes it: other files run in the same process
 */
export function relayBreaks(): () => void {
  const relayed = globalThis.fetch
  globalThis.fetch = async (...request) => {
    const reply = await relayed(...request)
    // Only replies that a fault breaks or stalls are sent so.
    if (reply.headers.get('content-encoding') !== 'identity') return reply
    const { status, statusText } = reply
    const headers = new Headers(reply.headers)
    headers.set('Connection', 'close')
    headers.delete('Transfer-Encoding')
    if (!headers.has('Content-Length')) headers.set('Content-Length', NEVER_REACHED)
    return new Response(reply.body, { status, statusText, headers })
  }
  return () => {
    globalThis.fetch = relayed
  }
}

import { HALF_REPLY_MS, STALL_MAX_MS } from '../limits.ts'

/**
 * The same reply, lost on its way: status and headers with the full Content-Length, half of the body, then
 * a broken connection.
 *
 * Throwing instead would reach the client as a clean 500, and the runtime would send a GET once more.
 */
export async function lostReply(reply: Response): Promise<Response> {
  const bytes = await wholeBody(reply)
  return arriving(reply, bytes, bytes.length >> 1, true, HALF_REPLY_MS)
}

/**
 * The same reply without its last `missing` bytes, then a broken connection. With 0 all bytes arrive in
 * chunks, and the chunk that would end the body does not.
 */
export async function cutReply(reply: Response, missing: number): Promise<Response> {
  const bytes = await wholeBody(reply)
  const sent = Math.max(0, bytes.length - missing)
  return arriving(reply, bytes, sent, missing > 0, HALF_REPLY_MS)
}

/** Status, headers and the first `sent` bytes at once, and nothing more until the client goes away. */
export async function stalledReply(reply: Response, sent: number): Promise<Response> {
  const bytes = await wholeBody(reply)
  return arriving(reply, bytes, Math.min(sent, bytes.length - 1), true, STALL_MAX_MS)
}

/** A reply to lose when X did nothing at all. */
export function unsentReply(): Response {
  return new Response(JSON.stringify({ padding: ' '.repeat(200) }), {
    headers: { 'Content-Type': 'application/json;charset=utf-8' },
  })
}

/** An empty body could not be cut in half, and a 204 or 302 would arrive unharmed. */
async function wholeBody(reply: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(await reply.arrayBuffer())
  return bytes.length > 1 ? bytes : new TextEncoder().encode(' '.repeat(200))
}

/** The beginning of a body, whose connection breaks after `holdMs`. `announced`: by a Content-Length. */
function arriving(
  reply: Response,
  bytes: Uint8Array,
  sent: number,
  announced: boolean,
  holdMs: number,
): Response {
  const { readable, writable } = announced
    ? new FixedLengthStream(bytes.length)
    : new IdentityTransformStream()
  const headers = new Headers(reply.headers)
  headers.delete('Content-Length')
  // The development server would else compress the body, and of a broken gzip stream no byte can be read.
  headers.set('Content-Encoding', 'identity')
  if (announced) headers.set('Content-Length', String(bytes.length))
  void breakAfter(writable, bytes.subarray(0, sent), holdMs)
  return new Response(readable, { status: reply.status, headers })
}

async function breakAfter(writable: WritableStream<Uint8Array>, bytes: Uint8Array, ms: number) {
  const writer = writable.getWriter()
  try {
    if (bytes.length > 0) await writer.write(bytes)
    // Aborting before status and headers are through would make a clean 500 of it on the way.
    await Promise.race([new Promise((wake) => setTimeout(wake, ms)), writer.closed])
    await writer.abort(new Error('reply lost on purpose'))
  } catch {
    // The client went away first, which loses the reply as well.
  }
}

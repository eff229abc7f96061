import { HALF_REPLY_MS } from '../limits.ts'

/**
 * The same reply, lost on its way: status and headers with the full Content-Length, half of the body, then
 * a broken connection.
 *
 * Throwing instead would reach the client as a clean 500, and the runtime would send a GET once more.
 */
export async function lostReply(reply: Response): Promise<Response> {
  const bytes = await wholeBody(reply)
  const { readable, writable } = new FixedLengthStream(bytes.length)
  const headers = new Headers(reply.headers)
  headers.set('Content-Length', String(bytes.length))
  void breakHalfway(writable, bytes)
  return new Response(readable, { status: reply.status, headers })
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

async function breakHalfway(writable: WritableStream<Uint8Array>, bytes: Uint8Array) {
  const writer = writable.getWriter()
  try {
    await writer.write(bytes.subarray(0, bytes.length >> 1))
    // Aborting before status and headers are through would make a clean 500 of it on the way.
    await new Promise((wake) => setTimeout(wake, HALF_REPLY_MS))
    await writer.abort(new Error('reply lost on purpose'))
  } catch {
    // The client went away first, which loses the reply as well.
  }
}

/** In so many pieces a slow reply arrives. */
const PIECES = 10

/** The same reply, whole, in pieces that arrive over `ms`. */
export async function slowReply(reply: Response, ms: number): Promise<Response> {
  const bytes = new Uint8Array(await reply.arrayBuffer())
  const { readable, writable } = new FixedLengthStream(bytes.length)
  const headers = new Headers(reply.headers)
  // Compressed, the pieces would wait for each other.
  headers.set('Content-Encoding', 'identity')
  headers.set('Content-Length', String(bytes.length))
  void inPieces(writable, bytes, ms).catch(() => undefined)
  return new Response(readable, { status: reply.status, headers })
}

async function inPieces(writable: WritableStream<Uint8Array>, bytes: Uint8Array, ms: number) {
  const writer = writable.getWriter()
  const size = Math.ceil(bytes.length / PIECES)
  for (let from = 0; from < bytes.length; from += size) {
    await writer.write(bytes.subarray(from, from + size))
    await new Promise((wake) => setTimeout(wake, ms / PIECES))
  }
  await writer.close()
}

/** The same JSON with so many spaces before its last character. */
export async function paddedReply(reply: Response, spaces: number): Promise<Response> {
  const text = await reply.text()
  const headers = new Headers(reply.headers)
  headers.delete('Content-Length')
  const padded = text.slice(0, -1) + ' '.repeat(spaces) + text.slice(-1)
  return new Response(padded, { status: reply.status, headers })
}

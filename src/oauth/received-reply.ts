/** A reply as far as it arrived: a connection that breaks does not take back what was delivered before. */
import { REPLY_MAX_BYTES } from '../limits'
import { withDeadline } from './deadline'

export interface ReceivedReply {
  /** 0 when not even the headers arrived. */
  status: number
  headers: Headers
  /** The body as text, as far as it arrived. */
  text: string
  /** Whether the body ended as HTTP wants it. A reply that broke off may still hold all that matters. */
  isWhole: boolean
  /** Why it broke off; undefined for a whole reply. */
  broken?: unknown
}

/**
 * Sends a request and reads its reply until it ends, breaks off, or the time is over. Never throws.
 *
 * @param timeoutMs - milliseconds, for headers and body together: a body may never end
 */
export async function receiveReply(
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<ReceivedReply> {
  const reply: ReceivedReply = { status: 0, headers: new Headers(), text: '', isWhole: false }
  try {
    await withDeadline(timeoutMs, async (signal) => {
      const { status, headers, body } = await send(signal)
      Object.assign(reply, { status, headers })
      if (body) await readBody(body, reply)
    })
    return { ...reply, isWhole: true }
  } catch (error) {
    return { ...reply, broken: error }
  }
}

async function readBody(body: ReadableStream<Uint8Array>, reply: ReceivedReply): Promise<void> {
  const decoder = new TextDecoder()
  let bytes = 0
  // An iterator cancels the body when the loop is left, and so the connection is not kept open for the rest.
  for await (const chunk of body) {
    bytes += chunk.byteLength
    reply.text += decoder.decode(chunk, { stream: true })
    if (bytes > REPLY_MAX_BYTES) throw new RangeError(`A reply of over ${REPLY_MAX_BYTES} bytes.`)
  }
  reply.text += decoder.decode()
}

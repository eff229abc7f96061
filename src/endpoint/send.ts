/** One delivery over the network: signed, sent, and its answer read as far as it is worth it. */

import { openedSecrets } from '../caller/endpoint-secret'
import { secondsOf } from '../clock'
import type { Keyring } from '../crypto/keyring'
import { ANSWER_MAX_CHARS, DELIVERY_TIMEOUT_MS } from '../limits'
import type { DeliveryAnswer } from '../store/delivery-rows'
import type { EndpointRecord } from '../store/endpoints'
import { addressProblem } from './address'
import { waitAsked } from './schedule'
import { signatureHeaders } from './signature'

/** What is delivered. */
export interface OutgoingEvent {
  /** The event's id. */
  id: string
  /** The event as JSON, the same bytes in each attempt. */
  body: string
}

/** With what it is delivered. */
export interface Means {
  keyring: Keyring
  /** Our own origin, where one is set. */
  publicOrigin: string | undefined
  /** Unix milliseconds. */
  now: () => number
}

/** Whether a receiver took what it was sent: by its status alone, whatever it says. */
export const isDelivered = ({ status = 0 }: DeliveryAnswer): boolean =>
  status >= 200 && status <= 299

/**
 * Sends an event to an endpoint, once. What fails on the way is in the answer.
 *
 * @throws Failure `sealed_unreadable` where a secret of the endpoint does not open.
 */
export async function sendMessage(
  endpoint: EndpointRecord,
  { id, body }: OutgoingEvent,
  { keyring, publicOrigin, now }: Means,
): Promise<DeliveryAnswer> {
  const atMs = now()
  const answer: DeliveryAnswer = { atMs, ms: 0 }
  // What was allowed when the endpoint was made may be our own address by now.
  if (addressProblem(endpoint.url, { publicOrigin }) !== undefined)
    return { ...answer, error: 'address_refused' }
  const timestamp = secondsOf(atMs)
  const secrets = await openedSecrets(keyring, endpoint, timestamp)
  const headers = {
    ...(await signatureHeaders({ id, timestamp, body }, secrets)),
    'content-type': 'application/json',
    'user-agent': 'Perch',
  }
  const clock = new AbortController()
  const timer = setTimeout(() => clock.abort(), DELIVERY_TIMEOUT_MS)
  try {
    const { signal } = clock
    const reply = await fetch(endpoint.url, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body,
      signal,
    })
    answer.status = reply.status
    const retryAfter = waitAsked(reply.headers.get('retry-after'), now())
    if (retryAfter !== undefined) answer.retryAfter = retryAfter
    await readStart(reply.body, answer)
  } catch {
    // Once there is a status, a body that breaks off or takes too long changes nothing.
    if (answer.status === undefined) answer.error = clock.signal.aborted ? 'timeout' : 'unreachable'
  } finally {
    clearTimeout(timer)
  }
  return { ...answer, ms: now() - atMs }
}

/** Reads the first characters of a body; the rest is never read, and its connection closed. */
async function readStart(
  body: ReadableStream<Uint8Array> | null,
  answer: DeliveryAnswer,
): Promise<void> {
  if (!body) return
  const decoder = new TextDecoder()
  // An iterator cancels the body when the loop is left.
  for await (const chunk of body) {
    const text = (answer.text ?? '') + decoder.decode(chunk, { stream: true })
    answer.text = text.slice(0, ANSWER_MAX_CHARS)
    if (text.length >= ANSWER_MAX_CHARS) break
  }
}

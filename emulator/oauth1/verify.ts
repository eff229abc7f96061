import { createHmac, timingSafeEqual } from 'node:crypto'
import { TIMESTAMP_WINDOW_SECONDS } from '../limits.ts'
import { baseString } from './base-string.ts'
import { percentEncode } from './percent.ts'
import { type Protocol, readProtocol, type SignedRequest } from './protocol.ts'

/** What a request must be signed with; `token` is empty where no token takes part. */
export interface Secrets {
  consumer: string
  token: string
}

/** Whether a request is signed as it should be, or the first thing that is wrong. */
export type Verdict =
  | { ok: true; protocol: Protocol }
  | { ok: false; error: 'malformed' | 'timestamp_out_of_bounds' | 'bad_signature'; why: string }

/**
 * Verifies a signed request: its form, its time and its HMAC-SHA1 signature. Nonces and whose secrets these
 * are is for the caller to know. No clock, no storage.
 *
 * @param now - Unix seconds
 * @see [RFC 5849 §3.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.2)
 */
export function verify(request: SignedRequest, secrets: Secrets, now: number): Verdict {
  const protocol = readProtocol(request)
  if ('malformed' in protocol) return { ok: false, error: 'malformed', why: protocol.malformed }
  const late = now - protocol.timestamp
  if (Math.abs(late) > TIMESTAMP_WINDOW_SECONDS) {
    const why = `${Math.abs(late)} seconds ${late > 0 ? 'behind' : 'ahead'}`
    return { ok: false, error: 'timestamp_out_of_bounds', why }
  }
  const signed = baseString(request.method, request.url, protocol.signed)
  if (!same(protocol.signature, hmacSha1(signed, secrets))) {
    return { ok: false, error: 'bad_signature', why: 'signature wrong' }
  }
  return { ok: true, protocol }
}

/** @see [RFC 5849 §3.4.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.2) */
function hmacSha1(text: string, { consumer, token }: Secrets): string {
  const key = `${percentEncode(consumer)}&${percentEncode(token)}`
  return createHmac('sha1', key).update(text).digest('base64')
}

/** In constant time; the length of a signature is no secret. */
function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}

/**
 * X's challenge-response check: it asks whether who answers at our address has the app's secret. The same key and the same
 * function sign events, so whoever asks gets a signature for what they send: nothing is signed here that could be an event,
 * and nothing is taken for a delivery that is signed here.
 *
 * @see [X: webhooks](https://docs.x.com/x-api/webhooks/introduction)
 */
import { hmacSha256 } from '../crypto/hmac'
import type { Secret } from '../secret'

/** What is taken for a token of X's: base64 of either alphabet, which no JSON is. X does not document its tokens. */
const CHALLENGE = /^[A-Za-z0-9+/=_-]{16,128}$/

/** Whether a `crc_token` may be signed. */
export const isChallenge = (token: string): boolean => CHALLENGE.test(token)

/** The answer to a check: the field that X reads, of a token that {@link isChallenge}. */
export async function challengeAnswer(
  secret: Secret,
  token: string,
): Promise<{ response_token: string }> {
  const mac = await hmacSha256(secret.reveal(), token)
  return { response_token: `sha256=${mac.toBase64()}` }
}

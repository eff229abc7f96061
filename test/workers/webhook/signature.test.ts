/** X's signature against the numbers of others, and which of two headers counts. */
import { describe, expect, it } from 'vitest'
import { hmacSha256 } from '../../../src/crypto/hmac'
import { Secret } from '../../../src/secret'
import { challengeAnswer, isChallenge } from '../../../src/webhook/challenge'
import { isSigned, signatureIn } from '../../../src/webhook/signature'
import vectors from '../../vectors/webhooks.json'

const CLIENT = 'perch-example-client-secret'
const bytes = (text: string) => new TextEncoder().encode(text)

it.each(vectors.rows)('$name', async ({ key, message, hmac }) => {
  expect((await hmacSha256(key, message)).toBase64()).toBe(hmac)
  expect((await hmacSha256(bytes(key), bytes(message))).toBase64()).toBe(hmac)
  expect(await isSigned(new Secret(key), `sha256=${hmac}`, bytes(message))).toBe(true)
})

it('the check is answered with base64, not hex', async () => {
  const [row] = vectors.rows
  expect(await challengeAnswer(new Secret(row!.key), row!.message)).toEqual({
    response_token: `sha256=${row!.hmac}`,
  })
})

describe('a check is answered for', () => {
  it.each([
    ['base64', 'MDEyMzQ1Njc4OWFiY2RlZg==', true],
    ['base64url', 'MDEy_zQ1Njc4-WFiY2RlZg', true],
    ['16 characters', 'a'.repeat(16), true],
    ['128 characters', 'a'.repeat(128), true],
    ['no token', '', false],
    ['15 characters', 'a'.repeat(15), false],
    ['129 characters', 'a'.repeat(129), false],
    // The route signed whatever it was sent: an event could be had signed by its own receiver.
    ['an event', '{"for_user_id":"2244994945"}', false],
    ['a list', '[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]', false],
    ['text', '"aaaaaaaaaaaaaaaaaaaa"', false],
    ['a line more', `${'a'.repeat(20)}\n`, false],
    ['digits, which are JSON, but no event', '1234567890123456', true],
  ])('%s: %#', (_, token, is) => {
    expect(isChallenge(token)).toBe(is)
  })
})

describe('a signature', () => {
  const [, , { message, hmac }] = vectors.rows as [unknown, unknown, (typeof vectors.rows)[0]]
  const signed = `sha256=${hmac}`

  it.each([
    ['of other bytes', signed, `${message} `],
    [
      'of the parsed and written event',
      `sha256=${vectors.rows[6]!.hmac}`,
      vectors.rows[4]!.message,
    ],
    ['of the other secret', `sha256=${vectors.rows[3]!.hmac}`, message],
    ['in hex', 'sha256=839b9c287224809438335bb1ac2e256ae1a887d2dbb55306f1a32ce866911a29', message],
    ['without its name', hmac, message],
    ['by another name', `sha1=${hmac}`, message],
    ['cut short', signed.slice(0, -4), message],
    ['with something behind it', `${signed}, ${signed}`, message],
    ['empty', '', message],
  ])('%s is none', async (_, text, body) => {
    expect(await isSigned(new Secret(CLIENT), text, bytes(body))).toBe(false)
  })

  it('by an empty secret is none', async () => {
    // Anybody can make it: HMAC takes an empty key.
    const made = 'tdN4ZZiv0ozut8Eg0V9dm1ba1yrf0CEtpRhhdXlYnC0='
    expect(await isSigned(new Secret(''), `sha256=${made}`, bytes(message))).toBe(false)
  })
})

describe('of the headers', () => {
  const OAUTH2 = 'X-Twitter-Webhooks-Signature-OAuth2'
  const OAUTH1 = 'X-Twitter-Webhooks-Signature'
  it.each([
    ['none', {}, undefined],
    ['the newer one', { [OAUTH2]: 'a' }, { by: 'client', text: 'a' }],
    ['the older one', { [OAUTH1]: 'b' }, { by: 'consumer', text: 'b' }],
    ['the newer one of both', { [OAUTH1]: 'b', [OAUTH2]: 'a' }, { by: 'client', text: 'a' }],
    ['an empty newer one of both', { [OAUTH1]: 'b', [OAUTH2]: '' }, { by: 'client', text: '' }],
  ])('%s', (_, headers, brought) => {
    expect(signatureIn(new Headers(headers as HeadersInit))).toEqual(brought)
  })
})

/** What a receiver checks, by the vectors of Standard Webhooks and of the library that receivers use. */
import { expect, it } from 'vitest'
import { signatureHeaders } from '../../../src/endpoint/signature'
import { Secret } from '../../../src/secret'
import vectors from '../../vectors/standard-webhooks.json'

it.each(vectors)('$note', async ({ input: { secrets, ...signed }, expected }) => {
  const headers = await signatureHeaders(
    signed,
    secrets.map((secret) => new Secret(secret)),
  )
  expect(headers).toEqual({
    'webhook-id': signed.id,
    'webhook-timestamp': String(signed.timestamp),
    'webhook-signature': expected,
  })
})

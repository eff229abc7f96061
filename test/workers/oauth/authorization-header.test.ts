import { describe, expect, it } from 'vitest'
import { hmacSha1 } from '../../../src/crypto/hmac'
import { authorizationHeader } from '../../../src/oauth/authorization-header'
import { encodeParameters } from '../../../src/oauth/parameters'
import { percentEncode } from '../../../src/oauth/percent-encoding'
import { signatureBaseString } from '../../../src/oauth/signature-base-string'
import { Secret } from '../../../src/secret'
import vectors from '../../vectors/oauth1-signatures.json'

describe.each(vectors)('$source ($note)', ({ input, expected }) => {
  it('signs as printed', async () => {
    const { method, url, consumerSecret, tokenSecret } = input
    const params = encodeParameters(input.params as [string, string][])
    const text = signatureBaseString(method, new URL(url), params)
    const key = `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`
    expect(await hmacSha1(key, text)).toBe(expected)
  })
})

const app = { consumerKey: 'key', consumerSecret: new Secret('secret') }
const request = { method: 'POST', url: new URL('https://api.x.com/2/tweets') }

describe('the header', () => {
  it('is X’s own example, whole', async () => {
    const header = await authorizationHeader(
      {
        method: 'POST',
        url: new URL('https://api.x.com/1.1/statuses/update.json?include_entities=true'),
        form: [['status', 'Hello Ladies + Gentlemen, a signed OAuth request!']],
      },
      {
        consumerKey: 'xvz1evFS4wEEPTGEFPHBog',
        consumerSecret: new Secret('kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw'),
        token: {
          token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
          tokenSecret: new Secret('LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE'),
        },
      },
      { timestamp: 1318622958, nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg' },
    )
    expect(header.split(/,? /)).toEqual([
      'OAuth',
      'oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog"',
      'oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"',
      'oauth_signature_method="HMAC-SHA1"',
      'oauth_timestamp="1318622958"',
      'oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"',
      'oauth_version="1.0"',
      'oauth_signature="Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D"',
    ])
  })

  it('carries the realm first, and the realm is not signed', async () => {
    const once = { timestamp: 1, nonce: 'n' }
    const bare = await authorizationHeader(request, app, once)
    const realm = await authorizationHeader({ ...request, realm: 'a "b"' }, app, once)
    expect(realm).toBe(bare.replace('OAuth ', 'OAuth realm="a \\"b\\"", '))
  })

  it('has a nonce of 128 random bits that never comes twice', async () => {
    const nonces = await Promise.all(
      Array.from(
        { length: 500 },
        async () =>
          /oauth_nonce="([0-9a-f]{32})"/.exec(
            await authorizationHeader(request, app, { timestamp: 1 }),
          )?.[1],
      ),
    )
    expect(new Set(nonces).size).toBe(500)
    expect(nonces).not.toContain(undefined)
  })

  it('holds neither secret', async () => {
    const token = { token: 't', tokenSecret: new Secret('token-secret') }
    const header = await authorizationHeader(request, { ...app, token }, { timestamp: 1 })
    expect(header).not.toMatch(/secret/)
  })
})

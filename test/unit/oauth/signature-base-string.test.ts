import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeParameters,
  normalizeParameters,
  parseParameters,
} from '../../../src/oauth/parameters'
import { percentEncode, recode } from '../../../src/oauth/percent-encoding'
import { baseStringUri, signatureBaseString } from '../../../src/oauth/signature-base-string'
import uris from '../../vectors/base-string-uri.json'
import encodings from '../../vectors/percent-encoding.json'

describe.each(encodings)('percent-encoding, $source $note', ({ input, expected }) => {
  it(`${input} is ${expected}`, () => {
    expect(percentEncode(input)).toBe(expected)
  })
})

describe.each(uris)('base string URI, $source, $note', ({ input, expected }) => {
  it(`${input} is ${expected}`, () => {
    expect(baseStringUri(new URL(input))).toBe(expected)
  })
})

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const pairs = fc.array(fc.tuple(text, text), { maxLength: 8 })

describe('encoding', () => {
  it('comes back, and uses unreserved characters and upper-case hex alone', () => {
    fc.assert(
      fc.property(text, (plain) => {
        const encoded = percentEncode(plain)
        expect(decodeURIComponent(encoded)).toBe(plain)
        expect(encoded).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
      }),
    )
  })

  it.each([
    ['a+b', 'a%20b'],
    ['a%20b', 'a%20b'],
    ['%2b', '%2B'],
    ['%7E%5f%2D%2E', '~_-.'],
    ['%ff%FE', '%FF%FE'],
    ['100%', '100%25'],
    ['%zz', '%25zz'],
    ["'(!*)'", '%27%28%21%2A%29%27'],
    ['☃', '%E2%98%83'],
    ['a[0]', 'a%5B0%5D'],
  ])('recode brings %j, as it stands in a query, to %j', (component, expected) => {
    expect(recode(component)).toBe(expected)
  })

  it('what the platform serializes is read back as what was meant', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const wellFormed = given.filter(([name, value]) => name !== '' || value !== '')
        const query = new URLSearchParams(wellFormed).toString()
        expect(parseParameters(query)).toEqual(encodeParameters(wellFormed))
      }),
    )
  })
})

describe('normalization', () => {
  it('is the list of RFC 5849 §3.4.1.3.2', () => {
    const query = parseParameters('b5=%3D%253D&a3=a&c%40=&a2=r%20b')
    const rest = encodeParameters([
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
      ['c2', ''],
      ['a3', '2 q'],
    ])
    expect(normalizeParameters([...query, ...rest])).toBe(
      'a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2' +
        '&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201' +
        '&oauth_token=kkk9d7dh3k39sjv7',
    )
  })

  it.each([
    ['empty and valueless alike', 'b&a=&b=', 'a=&b=&b='],
    ['duplicates are kept, in the order of their values', 'a=2&a=10&a=1&a=1', 'a=1&a=1&a=10&a=2'],
    ['bytes, not an alphabet', 'a=z&B=1&a=A&%C3%A4=1&_=1', '%C3%A4=1&B=1&_=1&a=A&a=z'],
    ['a name is compared before a value', 'a=2&a1=1&a-=1', 'a=2&a-=1&a1=1'],
    ['empty pairs do not count', '&a=1&&b=2&', 'a=1&b=2'],
    ['an equals sign in a value', 'a=b=c', 'a=b%3Dc'],
  ])('%s', (_, query, expected) => {
    expect(normalizeParameters(parseParameters(query))).toBe(expected)
  })

  it('the order in which parameters are given never matters', () => {
    const shuffled = pairs.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    )
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(normalizeParameters(encodeParameters(other))).toBe(
          normalizeParameters(encodeParameters(given)),
        )
      }),
    )
  })
})

it('the base string of RFC 5849 §3.4.1.1, the method in any case', () => {
  const url = new URL('http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b#fragment')
  const params = encodeParameters([
    ['oauth_consumer_key', '9djdj82h48djs9d2'],
    ['oauth_token', 'kkk9d7dh3k39sjv7'],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', '137131201'],
    ['oauth_nonce', '7d8f3e4a'],
    ['c2', ''],
    ['a3', '2 q'],
  ])
  expect(signatureBaseString('post', url, params)).toBe(
    'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D' +
      '%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a' +
      '%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
  )
})

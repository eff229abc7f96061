import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { baseString, baseStringUri } from '../../../emulator/oauth1/base-string.ts'
import { headerParams } from '../../../emulator/oauth1/header.ts'
import { formParams } from '../../../emulator/oauth1/params.ts'
import { percentDecode, percentEncode } from '../../../emulator/oauth1/percent.ts'
import { verify } from '../../../emulator/oauth1/verify.ts'
import { authorizationHeader } from '../../emulator/signer.ts'
import vectors from '../../vectors/signed-requests.json'

/** A slow machine tries fewer texts, and does not fail for it. */
const BUDGET = { interruptAfterTimeLimit: 5000 }
const TIMEOUT_MS = 30_000

describe.each(vectors)('$source: $note', ({ input, expected }) => {
  const { consumer, token, now, ...request } = { contentType: undefined, ...input }

  it('verifies', () => {
    expect(verify(request, { consumer, token }, now)).toMatchObject({ ok: expected })
  })

  it.each([
    ['method', { ...request, method: 'PUT' }, { consumer, token }],
    ['host', { ...request, url: request.url.replace('.', '-.') }, { consumer, token }],
    [
      'query',
      { ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}x` },
      { consumer, token },
    ],
    ['consumer secret', request, { consumer: `${consumer}x`, token }],
    ['token secret', request, { consumer, token: `${token}x` }],
  ])('refuses another %s', (_, changed, secrets) => {
    expect(verify(changed, secrets, now)).toMatchObject({ ok: false, error: 'bad_signature' })
  })
})

describe('percent-encoding', () => {
  it.each([
    ['Ladies + Gentlemen', 'Ladies%20%2B%20Gentlemen'],
    ['An encoded string!', 'An%20encoded%20string%21'],
    ['Dogs, Cats & Mice', 'Dogs%2C%20Cats%20%26%20Mice'],
    ['☃', '%E2%98%83'],
    ['😀', '%F0%9F%98%80'],
    ["!*'()", '%21%2A%27%28%29'],
    ['aZ09-._~', 'aZ09-._~'],
  ])('%s is %s', (text, encoded) => {
    expect(percentEncode(text)).toBe(encoded)
    expect(percentDecode(encoded).toString()).toBe(text)
  })

  it(
    'comes back from any text',
    () => {
      const text = fc.string({ unit: 'binary' })
      fc.assert(
        fc.property(text, (each) => percentDecode(percentEncode(each)).toString() === each),
        BUDGET,
      )
    },
    TIMEOUT_MS,
  )

  it('leaves a % that begins no escape', () => {
    expect(percentEncode(percentDecode('100%&%zz%4'))).toBe('100%25%26%25zz%254')
  })
})

describe('parameters', () => {
  it.each([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a&b=&=c&&',
      [
        ['a', ''],
        ['b', ''],
        ['', 'c'],
      ],
    ],
    ['a=b=c', [['a', 'b%3Dc']]],
    [
      'a=x+y&a=x%20y',
      [
        ['a', 'x%20y'],
        ['a', 'x%20y'],
      ],
    ],
    ['a=%7e%2a%ff', [['a', '~%2A%FF']]],
    ['é=ü', [['%C3%A9', '%C3%BC']]],
  ])('of %s', (text, params) => {
    expect(formParams(text)).toEqual(params)
  })

  it.each([
    [
      'OAuth a="1", b="2"',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'oauth  a = "x+y%20z" ,b=""',
      [
        ['a', 'x%2By%20z'],
        ['b', ''],
      ],
    ],
    ['OAuth realm="a, b", c="d"', [['c', 'd']]],
    ['OAuth', undefined],
    ['OAuth a', undefined],
    ['OAuth a=1', undefined],
    ['OAuth a="1" b="2"', undefined],
    ['OAuth a="1",', undefined],
    ['OAuth a="%4"', undefined],
  ])('of the header %s', (header, params) => {
    expect(headerParams(header)).toEqual(params)
  })

  it('are sorted by bytes, names first, duplicates kept', () => {
    const params = formParams('b=2&a=%C3%A9&a=z&B=1&a=z&a%2B=0&%F0%9F%98%80=1&%EF%BF%BD=2')
    const sorted = '%EF%BF%BD=2&%F0%9F%98%80=1&B=1&a=%C3%A9&a=z&a=z&a%2B=0&b=2'
    expect(baseString('get', 'http://h', params)).toBe(
      `GET&http%3A%2F%2Fh%2F&${percentEncode(sorted)}`,
    )
  })
})

describe('base string URI', () => {
  it.each([
    ['HTTP://EXAMPLE.com:80/r%20v/X?id=123', 'http://example.com/r%20v/X'],
    ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
    ['https://a.example:443/p#f', 'https://a.example/p'],
    ['http://a.example:443/', 'http://a.example:443/'],
    ['https://a.example:80/', 'https://a.example:80/'],
    ['https://a.example', 'https://a.example/'],
    ['https://a.example?x=/y', 'https://a.example/'],
    ['http://[::1]:8787/p', 'http://[::1]:8787/p'],
    ['http://[2001:DB8::80]/p', 'http://[2001:db8::80]/p'],
    ['http://user:pass@a.example/p', 'http://a.example/p'],
    ['http://a.example/UP/../b//c', 'http://a.example/UP/../b//c'],
  ])('of %s', (url, uri) => {
    expect(baseStringUri(url)).toBe(uri)
  })
})

describe('time', () => {
  const url = 'http://localhost:8788/2/users/me'
  const oauth = { oauth_timestamp: '1000000' }
  const authorization = authorizationHeader({ method: 'GET', url, secret: 'c', oauth })
  const request = { method: 'GET', url, authorization, contentType: undefined, body: '' }

  it.each([
    [1_000_300, true],
    [999_700, true],
    [1_000_301, false],
    [999_699, false],
  ])('at %i: %s', (now, ok) => {
    const refused = { ok, error: 'timestamp_out_of_bounds' }
    const verdict = verify(request, { consumer: 'c', token: '' }, now)
    expect(verdict).toMatchObject(ok ? { ok } : refused)
  })
})

describe('any request', () => {
  const pairs = fc.array(
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
    { maxLength: 5 },
  )
  const any = fc.record({ query: pairs, form: pairs, consumer: fc.string(), token: fc.string() })

  it(
    'verifies as it was signed, and not with a pair more or another secret',
    () => {
      fc.assert(
        fc.property(any, ({ query, form, consumer, token }) => {
          const url = `https://api.example/p?${new URLSearchParams(query)}`
          const oauth = { oauth_timestamp: '1000' }
          const held = { token: 't', secret: token }
          const signing = { method: 'POST', url, form, token: held, secret: consumer, oauth }
          const request = {
            method: 'POST',
            url,
            authorization: authorizationHeader(signing),
            contentType: 'application/x-www-form-urlencoded; charset=utf-8',
            body: `${new URLSearchParams(form)}`,
          }
          const secrets = { consumer, token }
          expect(verify(request, secrets, 1000).ok).toBe(true)
          expect(verify({ ...request, url: `${url}&x` }, secrets, 1000).ok).toBe(false)
          expect(verify({ ...request, body: `${request.body}&x` }, secrets, 1000).ok).toBe(false)
          expect(verify(request, { consumer, token: `${token}x` }, 1000).ok).toBe(false)
          expect(verify({ ...request, contentType: 'text/plain' }, secrets, 1000).ok).toBe(
            form.length === 0,
          )
        }),
        BUDGET,
      )
    },
    TIMEOUT_MS,
  )
})

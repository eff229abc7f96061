/** What we sign, somebody else's code verifies: the emulator's own, on node:crypto, which shares nothing with ours. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verify } from '../../../emulator/oauth1/verify'
import { authorizationHeader } from '../../../src/oauth/authorization-header'
import { Secret } from '../../../src/secret'

const NOW = 1_800_000_000
const FORM = 'application/x-www-form-urlencoded'

const secret = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 })
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const pairs = fc.array(fc.tuple(text, text), { maxLength: 6 })
/** A query as people write it: plus signs, lower-case escapes, bytes that are no text, no equals sign. */
const rawQuery = fc.array(
  fc.constantFrom(
    'a',
    'B',
    '=',
    '&',
    '+',
    '%20',
    '%2b',
    '%ff',
    '%E2%98%83',
    '%7E',
    "'",
    '!',
    '*',
    '(',
    ')',
    '~',
    '[',
    ',',
    ';',
    '/',
    '?',
    ':',
    '@',
  ),
  { maxLength: 20 },
)
const host = fc.constantFrom(
  'api.x.com',
  'API.X.COM',
  'api.x.com:8443',
  'api.x.com:443',
  '[::1]:8788',
  'ä.example',
)
const segment = fc.string({
  unit: fc.constantFrom(..."abAB0-._~!*()',;:@$&="),
  minLength: 1,
  maxLength: 8,
})

const request = fc.record({
  method: fc.constantFrom<string>('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  url: fc
    .tuple(host, fc.array(segment, { minLength: 1, maxLength: 3 }), rawQuery)
    .map(([h, path, query]) => new URL(`https://${h}/${path.join('/')}?${query.join('')}`)),
  form: fc.option(pairs, { nil: undefined }),
  consumerSecret: secret,
  token: fc.option(fc.record({ token: secret, tokenSecret: secret }), { nil: undefined }),
})
type Given = typeof request extends fc.Arbitrary<infer T> ? T : never

/** The request as it goes over the wire. */
async function signed({ method, url, form, consumerSecret, token }: Given) {
  const authorization = await authorizationHeader(
    { method, url, ...(form ? { form } : {}) },
    {
      consumerKey: 'key',
      consumerSecret: new Secret(consumerSecret),
      ...(token
        ? { token: { token: token.token, tokenSecret: new Secret(token.tokenSecret) } }
        : {}),
    },
    { timestamp: NOW },
  )
  return {
    method,
    url: url.href,
    authorization,
    contentType: form ? FORM : 'application/json',
    body: form ? new URLSearchParams(form).toString() : '{"not": "signed"}',
  }
}

const secretsOf = ({ consumerSecret, token }: Given) => ({
  consumer: consumerSecret,
  token: token?.tokenSecret ?? '',
})

/** The same with one character another. */
const otherAt = (given: string, at: number): string => {
  const index = at % given.length
  return `${given.slice(0, index)}${given[index] === 'x' ? 'y' : 'x'}${given.slice(index + 1)}`
}

describe('thousands of random requests', () => {
  it('are accepted as they were signed', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        expect(verify(await signed(given), secretsOf(given), NOW)).toMatchObject({ ok: true })
      }),
      { numRuns: 3000 },
    )
  })

  it('are refused with one byte of the method, the URL, the body or a secret changed', async () => {
    const what = fc.constantFrom('method', 'path', 'query', 'body', 'consumer', 'token')
    await fc.assert(
      fc.asyncProperty(request, what, fc.nat(1000), async (given, changed, at) => {
        const sent = await signed(given)
        const secrets = secretsOf(given)
        const { origin, pathname, search } = given.url
        if (changed === 'method') sent.method = otherAt(sent.method, at)
        if (changed === 'path') sent.url = `${origin}/${otherAt(pathname.slice(1), at)}${search}`
        if (changed === 'query')
          sent.url = `${origin}${pathname}${/[aB]/.test(search) ? search.replace(/[aB]/, 'z') : '?z'}`
        if (changed === 'consumer') secrets.consumer = otherAt(secrets.consumer, at)
        if (changed === 'token') secrets.token = secrets.token ? otherAt(secrets.token, at) : 'x'
        if (changed === 'body') {
          fc.pre(given.form !== undefined && /[a-z]=./.test(sent.body))
          sent.body = sent.body.replace(/=(.)/, (_, char) => (char === 'x' ? '=y' : `=x`))
          // A plus and its escape are the same space.
          fc.pre(sent.body !== new URLSearchParams(given.form).toString())
        }
        expect(verify(sent, secrets, NOW)).toMatchObject({ ok: false, error: 'bad_signature' })
      }),
      { numRuns: 3000 },
    )
  })
})

it.each([
  ['five minutes off', 299, true],
  ['more', 301, false],
])('a clock %s', async (_, seconds, ok) => {
  const given = {
    method: 'GET',
    url: new URL('https://api.x.com/2/users/me'),
    form: undefined,
    consumerSecret: 's',
    token: undefined,
  }
  for (const now of [NOW + seconds, NOW - seconds])
    expect(verify(await signed(given), secretsOf(given), now).ok).toBe(ok)
})

/** What people paste: cleaned alike in all four fields, and refused where it cannot be an answer of X's. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { answerIn, PastedAnswer, PastedPin } from '../../../src/routes/pasted'

const CODE = 'VGNibzFWSWREZm01-_~MToxOmFjOjE'
const QUERY = `state=s-_1&code=${CODE}`

/** What a text becomes on its way through somebody's clipboard. */
const DIRT: [string, (text: string) => string][] = [
  ['nothing', (text) => text],
  ['spaces around', (text) => `  ${text} `],
  ['a line break', (text) => `${text}\r\n`],
  ['a line wrap', (text) => `${text.slice(0, 5)}\n    ${text.slice(5)}`],
  ['hard spaces', (text) => `\u00a0${text}\u202f`],
  ['no-width signs', (text) => `\u200b${text.slice(0, 3)}\u200d\u2060${text.slice(3)}\ufeff`],
  ['marks of direction', (text) => `\u202a${text}\u202c\u2066`],
  ['soft hyphens', (text) => `${text.slice(0, 4)}\u00ad${text.slice(4)}`],
  ['a NUL', (text) => `${text}\u0000`],
  ['quotes', (text) => `"${text}"`],
  ['typographic quotes', (text) => `“${text}”`],
  ['apostrophes', (text) => `'${text}'`],
  ['backticks', (text) => `\`${text}\``],
  ['angle brackets', (text) => `<${text}>`],
  ['all of it', (text) => ` «<"\u200b${text}\n">» `],
]

const read = (body: unknown) => answerIn(v.parse(PastedAnswer, body))
const refusal = (body: unknown) => v.safeParse(PastedAnswer, body).issues?.[0]?.message

describe.each(DIRT)('%s', (_, dirty) => {
  it.each([
    ['code', CODE, { answer: { code: CODE } }],
    ['verifier', 'aBc0123456789', { answer: { verifier: 'aBc0123456789' } }],
    ['pin', '0123456', { answer: { verifier: '0123456' } }],
    [
      'response_url',
      `https://perch.example.com/callback?${QUERY}`,
      { key: 's-_1', answer: { code: CODE } },
    ],
  ])('in %s does no harm', (field, text, expected) => {
    expect(read({ [field]: dirty(text) })).toEqual(expected)
  })
})

describe('an address', () => {
  it.each([
    ['without its scheme', `perch.example.com/callback?${QUERY}`],
    ['without its scheme, on this machine', `localhost:8787/callback?${QUERY}`],
    ['of another host and path, since state says whose it is', `http://tunnel.example/x?${QUERY}`],
    ['with a fragment', `https://perch.example.com/callback?${QUERY}#_=_`],
    ['with a gap that was escaped', `https://perch.example.com/callback?${QUERY}%20%0A`],
    ['with one inside', `https://perch.example.com/callback?code=${CODE}%0D%0A&state=s-_1`],
  ])('is read %s', (_, response_url) => {
    expect(read({ response_url })).toEqual({ key: 's-_1', answer: { code: CODE } })
  })

  it.each([`callback?${QUERY}`, `/callback?${QUERY}`, 'https://perch.example.com/callback', CODE])(
    'is not %s',
    (response_url) => {
      expect(refusal({ response_url })).toMatch(/^the whole address is expected/)
    },
  )

  it('whose code cannot be one is refused', () => {
    const address = (code: string) => `https://perch.example.com/callback?state=s&code=${code}`
    for (const code of ['a%22b', 'a%20b', '%C3%A9', 'a%00', '%E2%80%A6'])
      expect(() => read({ response_url: address(code) }), code).toThrow(Failure)
  })
})

describe('what cannot be an answer of X is refused with words', () => {
  it.each([
    ['code', '', /^it is empty/],
    ['code', ' \u200b\n', /^it is empty/],
    ['code', '""', /^it is empty/],
    ['code', `https://perch.example.com/callback?${QUERY}`, /response_url/],
    ['code', `code=${CODE}&state=s`, /response_url/],
    ['code', `${CODE}…`, /^it has characters/],
    ['code', 'é', /^it has characters/],
    ['verifier', 'a"b', /^it has characters/],
    ['code', 'c'.repeat(1025), /^at most 1024 characters/],
    ['pin', '12a4567', /digits alone/],
    ['pin', '１２３-４５６７', /digits alone/],
    ['pin', '1'.repeat(41), /^at most 40 characters/],
  ])('%s: %j', (field, text, words) => {
    expect(refusal({ [field]: text })).toMatch(words)
  })
})

it('wide digits of a PIN are read', () => {
  expect(v.parse(PastedPin, ' １２３ ４５６７ ')).toBe('1234567')
})

it('64 KiB of quotes are looked at once', () => {
  const began = performance.now()
  const quotes = '"'.repeat(65_536)
  for (const text of [quotes, `a${quotes}a`, '%20'.repeat(1300)])
    for (const field of ['code', 'response_url', 'pin']) refusal({ [field]: text })
  expect(performance.now() - began).toBeLessThan(3000)
})

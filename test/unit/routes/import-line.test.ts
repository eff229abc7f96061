/** The lines of an import: what they bring, and what is wrong with them, by field and in words that show no token. */
import { describe, expect, it } from 'vitest'
import { readLine } from '../../../src/routes/import-line'

const NOW = 1_795_000_000
const KEY = { oauth_token: '123-abcdefghijklmnop', oauth_token_secret: 'SeCrEt0123456789' }
const PAIR = { access_token: 'AcCeSs0123456789', refresh_token: 'ReFrEsH0123456789' }

const read = (line: unknown) =>
  readLine(typeof line === 'string' ? line : JSON.stringify(line), NOW)

/** The line without its secrets. */
const brings = (line: unknown): unknown => {
  const answer = read(line)
  if ('problems' in answer) return answer.problems
  if ('moved' in answer) return answer.moved
  const { id, username, oauth1, oauth2, exchange } = answer.line
  return {
    id,
    username,
    exchange,
    oauth1: oauth1?.token.reveal(),
    oauth2: oauth2 && [
      oauth2.accessToken.reveal(),
      oauth2.refreshToken?.reveal(),
      oauth2.expiry,
      oauth2.scope,
    ],
  }
}

describe('a line brings', () => {
  const at = (seconds: number, isKnown = true) => ({ at: seconds, isKnown })
  const pair = (expiry: object, scope?: string) => [
    PAIR.access_token,
    PAIR.refresh_token,
    expiry,
    scope,
  ]
  const nothing = { id: undefined, username: undefined, exchange: false }
  it.each<[string, unknown, object]>([
    ['a user token, which names its user', { oauth1: KEY }, { id: '123', oauth1: KEY.oauth_token }],
    [
      'a user token to be exchanged',
      { id: '123', username: '@alice', oauth1: KEY, exchange: true },
      { id: '123', username: 'alice', oauth1: KEY.oauth_token, exchange: true },
    ],
    ['an id that is a number', { id: 123, oauth1: KEY }, { id: '123', oauth1: KEY.oauth_token }],
    [
      'a refresh token alone, which was due long ago',
      { oauth2: { refresh_token: 'r' } },
      { oauth2: ['', 'r', at(0), undefined] },
    ],
    [
      'times in seconds',
      { id: '5', oauth2: { ...PAIR, expires_at: NOW + 60 } },
      { id: '5', oauth2: pair(at(NOW + 60)) },
    ],
    [
      'times in milliseconds',
      { id: '5', oauth2: { ...PAIR, expires_at: (NOW + 60) * 1000 + 7 } },
      { id: '5', oauth2: pair(at(NOW + 60)) },
    ],
    [
      'times of ISO 8601, and a life counted from there',
      { id: '5', oauth2: { ...PAIR, expires_in: 7200, obtained_at: '2026-11-18T11:06:40Z' } },
      { id: '5', oauth2: pair(at(1_795_000_000 + 7200)) },
    ],
    [
      'a life without its beginning: nobody knows when it ends',
      { id: '5', oauth2: { ...PAIR, expires_in: 7200 } },
      { id: '5', oauth2: pair(at(NOW + 7200, false)) },
    ],
    [
      'both kinds, with nulls where a program knows nothing',
      { id: null, username: null, oauth1: KEY, oauth2: { ...PAIR, scope: ['tweet.read'] } },
      {
        id: '123',
        oauth1: KEY.oauth_token,
        oauth2: pair({ at: undefined, isKnown: false }, 'tweet.read'),
      },
    ],
  ])('%s', (_, line, expected) => {
    expect(brings(line)).toEqual({ ...nothing, oauth1: undefined, oauth2: undefined, ...expected })
  })
})

describe('a bad line is named by its field', () => {
  it.each<[string, unknown, string, string, RegExp]>([
    ['no JSON', '{"oauth1":', 'line', 'request_malformed', /not a JSON object/],
    ['a list', '[]', 'line', 'request_malformed', /not a JSON object/],
    ['null', 'null', 'line', 'request_malformed', /not a JSON object/],
    ['no grant', { id: '1' }, 'line', 'request_malformed', /oauth1 or oauth2/],
    ['an unknown field', { oauth1: KEY, tokn: 1 }, 'tokn', 'request_malformed', /unknown field/],
    ['an id that is none', { id: 'alice', oauth1: KEY }, 'id', 'request_malformed', /X user id/],
    [
      'half a user token',
      { oauth1: { oauth_token: KEY.oauth_token } },
      'oauth1.oauth_token_secret',
      'request_malformed',
      /it is missing/,
    ],
    [
      'a token that names nobody',
      { oauth1: { ...KEY, oauth_token: 'abcdef' } },
      'oauth1.oauth_token',
      'request_malformed',
      /digits of its user/,
    ],
    ['a token of another', { id: '9', oauth1: KEY }, 'id', 'grant_of_another', /of 123/],
    [
      'no token in a pair',
      { oauth2: { scope: 'tweet.read' } },
      'oauth2.access_token',
      'request_malformed',
      /missing/,
    ],
    [
      'a time that is none',
      { oauth2: { ...PAIR, expires_at: 'tomorrow' } },
      'oauth2.expires_at',
      'request_malformed',
      /a time is expected/,
    ],
    [
      'a time that cannot be',
      { oauth2: { ...PAIR, expires_at: NOW + 10 ** 9 } },
      'oauth2.expires_at',
      'request_malformed',
      /lives that long/,
    ],
    [
      'an exchange of nothing',
      { oauth2: PAIR, exchange: true },
      'exchange',
      'request_malformed',
      /OAuth 1.0a/,
    ],
    [
      'a secret as a name',
      { oauth1: KEY, [PAIR.refresh_token.repeat(2)]: 1 },
      'a field',
      'request_malformed',
      /unknown field/,
    ],
  ])('%s', (_, line, field, code, detail) => {
    const answer = read(line)
    const problems = 'problems' in answer ? answer.problems : []
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({
      field,
      failure: { code, detail: expect.stringMatching(detail) },
    })
    expect(JSON.stringify(answer)).not.toMatch(/SeCrEt|ReFrEsH|AcCeSs|abcdefghij/)
  })
})

import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/oauth/token'
import { Secret } from '../../../src/secret'
import { judge, quote } from '../../../src/x/answer'

const reply = (status: number, rest: Partial<Reply> = {}): Reply => ({
  status,
  isWhole: true,
  tokens: undefined,
  error: undefined,
  errorDescription: undefined,
  problem: undefined,
  headers: new Headers(),
  body: 'json',
  nonconformity: undefined,
  ...rest,
})
const error = (status: number, code: string, errorDescription?: string): Reply =>
  reply(status, { error: code, errorDescription })
const tokens = {
  accessToken: new Secret('at'),
  refreshToken: undefined,
  scope: undefined,
  expiresIn: undefined,
}
const NOW = 1_800_000_000

describe('every answer has one meaning', () => {
  it.each([
    ['tokens', reply(200, { tokens }), { kind: 'granted' }],
    [
      'a pair that arrived before its reply broke off',
      reply(200, { isWhole: false, tokens: { ...tokens, refreshToken: new Secret('rt') } }),
      { kind: 'granted' },
    ],
    [
      'an access token alone, before its reply broke off',
      reply(200, { isWhole: false, tokens }),
      { kind: 'unknown', cut: { tokens } },
    ],
    [
      'a 2xx that broke off before any token',
      reply(200, { isWhole: false }),
      { kind: 'unknown', cut: { tokens: undefined } },
    ],
    [
      'a problem document',
      reply(403, { problem: 'Your account is suspended.' }),
      { kind: 'declined', message: 'X answered 403: Your account is suspended.' },
    ],
    [
      'a problem document of a server in trouble',
      reply(503, { problem: 'Service Unavailable' }),
      { kind: 'unknown' },
    ],
    [
      'an error that broke off',
      reply(0, { isWhole: false }),
      { kind: 'unknown', message: 'X could not be reached, or its answer broke off.' },
    ],
    [
      'a spent token',
      error(400, 'invalid_request', 'Value passed for the token was invalid.'),
      { kind: 'refused', what: 'token' },
    ],
    [
      'a spent code',
      error(400, 'invalid_request', 'Value passed for the authorization code was invalid.'),
      { kind: 'refused', what: 'code' },
    ],
    [
      'a wrong verifier',
      error(
        400,
        'invalid_request',
        'Value passed for the code verifier did not match the code challenge.',
      ),
      { kind: 'refused', what: 'code_verifier' },
    ],
    [
      'another redirect URI',
      error(
        400,
        'invalid_request',
        'Value passed for the redirect uri did not match the uri of the authorization code.',
      ),
      { kind: 'refused', what: 'redirect_uri' },
    ],
    [
      'invalid_grant, which X was never seen to say',
      error(400, 'invalid_grant'),
      { kind: 'refused', what: 'token' },
    ],
    [
      'a bug of ours is not a dead grant',
      error(400, 'invalid_request', 'Missing required parameter [refresh_token].'),
      { kind: 'declined' },
    ],
    ['invalid_request without words', error(400, 'invalid_request'), { kind: 'declined' }],
    [
      'wrong client secret',
      error(401, 'unauthorized_client', 'Missing valid authorization header'),
      { kind: 'app' },
    ],
    ['unknown client', error(400, 'invalid_client'), { kind: 'app' }],
    ['a 401 that says nothing', reply(401), { kind: 'unknown' }],
    ['a 403 that says nothing', reply(403), { kind: 'unknown' }],
    ['X’s own trouble in a 400', error(400, 'server_error'), { kind: 'unknown' }],
    ['X’s own trouble for now', error(400, 'temporarily_unavailable'), { kind: 'unknown' }],
    ['a request that came too slowly', error(408, 'invalid_request'), { kind: 'unknown' }],
    ['an error that nobody knows', error(400, 'odd', 'Nobody knows.'), { kind: 'declined' }],
    [
      'an OAuth error in a 500',
      error(500, 'invalid_request', 'Value passed for the token was invalid.'),
      { kind: 'unknown' },
    ],
    [
      'too many',
      reply(429, { headers: new Headers({ 'x-rate-limit-reset': String(NOW + 30) }) }),
      { kind: 'later', retryAfter: 30 },
    ],
    [
      'no reply',
      reply(0),
      { kind: 'unknown', message: 'X could not be reached, or its answer broke off.' },
    ],
    [
      'a web page',
      reply(503, { headers: new Headers({ 'content-type': 'text/html' }) }),
      { kind: 'unknown', message: 'X answered 503 with a web page instead of data.' },
    ],
  ])('%s', (_, answer, expected) => {
    expect(judge(answer, 'token', NOW)).toMatchObject(expected)
  })
})

it('words of X are shortened, and whatever looks like a token is cut out', () => {
  const token = 'UnA5Qlg2TkNLRVRyTG8xMGN0WERZNE4yeVBmYzVaZXE4M3ZfOFZERklCUTo'
  expect(quote(`token ${token} is bad`)).toBe('token … is bad')
  expect(quote('x '.repeat(500)).length).toBeLessThanOrEqual(200)
  // What is not seen could hide a token from whoever looks for one.
  const [half, rest] = [token.slice(0, 12), token.slice(12)]
  expect(quote(`token ${half}\u200b${rest} is\u202e bad\u001b[2J`)).toBe('token … is bad[2J')
  expect(quote(`${'x '.repeat(99)}x👋`).isWellFormed()).toBe(true)
})

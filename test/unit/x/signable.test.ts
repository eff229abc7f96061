/** What is not signed for callers, however it is written. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { signableUrl } from '../../../src/x/signable'

const ORIGIN = 'http://localhost:8788'
const API = 'https://api.x.com'
const ADS = 'https://ads-api.x.com/12'
const UPLOAD = 'https://upload.x.com/1.1/media/upload.json'
const signable = (url: string, form: [string, string][] = []) => signableUrl(url, form, ORIGIN)
const refusal = (url: string, form: [string, string][] = []): string => {
  try {
    return `signed: ${signable(url, form).href}`
  } catch (error) {
    return error instanceof Failure && error.data.code === 'not_signable'
      ? 'refused'
      : `threw ${error}`
  }
}

describe('signed', () => {
  it.each([
    ['a call of API v2', `${API}/2/tweets`, `${API}/2/tweets`],
    [
      'a query',
      `${API}/2/tweets?ids=1,2&expansions=a%20b`,
      `${API}/2/tweets?ids=1,2&expansions=a%20b`,
    ],
    ['a call of API v1.1', `${API}/1.1/statuses/update.json`, `${API}/1.1/statuses/update.json`],
    ['a fragment is dropped', `${API}/2/tweets#top`, `${API}/2/tweets`],
    ['a host in upper case', 'HTTPS://API.X.COM/2/tweets', `${API}/2/tweets`],
    ['uploads, on their own host', `${UPLOAD}?command=INIT`, `${UPLOAD}?command=INIT`],
    ['ads', 'https://ads-api.x.com/12/accounts', 'https://ads-api.x.com/12/accounts'],
    [
      'ads, with times and lists in the query',
      `${ADS}/stats/accounts/abc?start_time=2026-01-01T00%3A00%3A00Z&metric_groups=A%2CB`,
      `${ADS}/stats/accounts/abc?start_time=2026-01-01T00%3A00%3A00Z&metric_groups=A%2CB`,
    ],
    [
      'the sandbox of ads',
      'https://ads-api-sandbox.x.com/12/accounts/abc/campaigns?with_deleted=true',
      'https://ads-api-sandbox.x.com/12/accounts/abc/campaigns?with_deleted=true',
    ],
    [
      'engagement',
      'https://data-api.x.com/insights/engagement/totals',
      'https://data-api.x.com/insights/engagement/totals',
    ],
    [
      'the former name of a host',
      'https://api.twitter.com/1.1/statuses/update.json',
      'https://api.twitter.com/1.1/statuses/update.json',
    ],
    ['the port that https has anyway', 'https://api.x.com:443/2/tweets', `${API}/2/tweets`],
    ['the configured origin, plain', `${ORIGIN}/2/users/me`, `${ORIGIN}/2/users/me`],
    [
      'an apostrophe, as the parser writes it',
      `${API}/2/tweets?q='a'`,
      `${API}/2/tweets?q=%27a%27`,
    ],
    ['non-ASCII in a path, encoded', `${API}/2/lists/%C3%A4`, `${API}/2/lists/%C3%A4`],
    [
      'dots and slashes in a query',
      `${API}/2/tweets?query=a/..&b=/./`,
      `${API}/2/tweets?query=a/..&b=/./`,
    ],
    ['oauth inside a segment', `${API}/2/my_oauth`, `${API}/2/my_oauth`],
  ])('%s', (_, url, href) => {
    expect(signable(url).href).toBe(href)
  })
})

describe('refused: OAuth’s own endpoints', () => {
  it.each([
    '/oauth/request_token',
    '/oauth/access_token',
    '/oauth2/token',
    '/2/oauth2/token',
    '/2/oauth2/revoke',
    '/1.1/oauth/invalidate_token',
    '/1.1/oauth/invalidate_token.json',
    '/2/OAuth2/token',
    '/1.1/OAUTH/invalidate_token',
    '/2/%6fauth2/token',
    '/2/%6F%61uth2/token',
    '/2/o%61uth2/token',
    '/2/%256fauth2/token',
    '/2//oauth2/token',
    '//oauth/access_token',
    '/2/tweets//x',
    '/2/../oauth/access_token',
    '/2/./oauth2/token',
    '/2/%2e%2e/oauth/access_token',
    '/2/%2E./oauth/access_token',
    '/2/tweets/..',
    '/2/tweets/..?a=b',
    '/2/x%2f..%2foauth/access_token',
    '/2/x%5coauth2/token',
    '/2\\oauth2\\token',
    '/2/tweets;/oauth2/token',
    '/i/oauth2/authorize',
    '/3/tweets',
    '/2',
    '/2/',
    '/',
    '',
  ])('%s', (path) => {
    expect(refusal(API + path)).toBe('refused')
  })
})

describe('refused: hosts that are not X’s API', () => {
  it.each([
    'https://evil.example/2/tweets',
    'https://x.com/2/tweets',
    'https://twitter.com/2/tweets',
    'https://www.x.com/2/tweets',
    'https://ads.x.com/12/accounts',
    'https://api.x.com.evil.example/2/tweets',
    'https://evil-api.x.com/2/tweets',
    'https://api-x.com/2/tweets',
    'https://api.x.com:8443/2/tweets',
    'https://api.x.com:80/2/tweets',
    'https://api.x.com./2/tweets',
    'https://.api.x.com/2/tweets',
    'https://api.xn--x-0ga.com/2/tweets',
    'https://api.х.com/2/tweets',
    'https://api%2ex.com/2/tweets',
    'https://%61pi.x.com/2/tweets',
    'https://api.x.com@evil.example/2/tweets',
    'https://evil.example@api.x.com/2/tweets',
    'https://@api.x.com/2/tweets',
    'https://:@api.x.com/2/tweets',
    'https:api.x.com/2/tweets',
    'https:/api.x.com/2/tweets',
    'https:///api.x.com/2/tweets',
    'https://[::1]/2/tweets',
    'https://127.0.0.1/2/tweets',
    'https://localhost:8788/2/tweets',
    'http://localhost:8789/2/tweets',
    'http://localhost/2/tweets',
    'http://localhost.:8788/2/tweets',
    'http://127.0.0.1:8788/2/tweets',
    'http://user@localhost:8788/2/tweets',
    'http://ads-api.x.com/12/accounts',
    'https://constructor/2/tweets',
  ])('%s', (url) => {
    expect(refusal(url)).toBe('refused')
    // Whatever X's origin is set to: it is one more, and no other is.
    expect(() => signableUrl(url, [], API)).toThrow(Failure)
  })

  it('nor paths of one host at another', () => {
    for (const url of [
      'https://api.x.com/12/accounts',
      'https://ads-api.x.com/1.1/statuses/update.json',
      'https://ads-api.x.com/accounts',
      'https://ads-api.x.com/12/oauth/x',
      'https://ads-api.x.com/12/',
      'https://upload.x.com/2/tweets',
      'https://upload.x.com/1.1/statuses/update.json',
      'https://data-api.x.com/2/tweets',
      'https://data-api.x.com/insights/',
      `${ORIGIN}/12/accounts`,
    ])
      expect(refusal(url), url).toBe('refused')
  })

  it('the refusal names those that are', () => {
    const detail = (url: string): string | undefined => {
      try {
        signable(url)
      } catch (error) {
        return error instanceof Failure ? error.data.detail : undefined
      }
      return undefined
    }
    expect(detail('https://evil.example/2/x')).toContain('ads-api.x.com')
    expect(detail('https://ads-api.x.com/2.1/x')).toContain('/12/')
  })
})

describe('refused: what is not plainly an API call', () => {
  it.each([
    ['plain http', 'http://api.x.com/2/tweets'],
    ['plain http to another loopback port', 'http://localhost:1/2/tweets'],
    ['user information', 'https://user@api.x.com/2/tweets'],
    ['a password', 'https://:p@api.x.com/2/tweets'],
    ['no scheme', 'api.x.com/2/tweets'],
    ['another scheme', 'ftp://api.x.com/2/tweets'],
    ['a relative address', '/2/tweets'],
    ['a space', `${API}/2/tweets?q=a b`],
    ['a tab', `${API}/2/twe\tets`],
    ['a newline', `${API}/2/oau\nth2/token`],
    ['a leading space', ` ${API}/2/tweets`],
    ['non-ASCII', `${API}/2/tweets?q=ä`],
    ['full-width letters', `${API}/2/ｏauth2/token`],
    ['too long', `${API}/2/tweets?q=${'a'.repeat(8200)}`],
    ['oauth_ in the query', `${API}/2/tweets?oauth_callback=x`],
    ['oauth_, encoded', `${API}/2/tweets?%6fauth_token=x`],
    ['oauth_, in upper case', `${API}/2/tweets?OAUTH_TOKEN=x`],
    ['x_auth in the query', `${API}/2/tweets?x_auth_access_type=write`],
    ['x_auth without a value', `${API}/2/tweets?a=b&x_auth_mode`],
    ['oauth_ behind a semicolon', `${API}/2/tweets?a=b;oauth_token=x`],
  ])('%s', (_, url) => {
    expect(refusal(url)).toBe('refused')
  })

  it.each(['oauth_token', 'OAuth_verifier', 'x_auth_mode', 'X_AUTH_username'])(
    'the form field %s',
    (name) => {
      expect(
        refusal(`${API}/2/tweets`, [
          ['a', 'b'],
          [name, 'x'],
        ]),
      ).toBe('refused')
    },
  )
})

it('whatever is signed has, decoded any number of times, no OAuth segment', () => {
  const piece = fc.constantFrom(
    'oauth',
    'OAUTH2',
    '%6f',
    'auth',
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2f',
    '%25',
    '2',
    '1.1',
    'a',
    ';',
    '\\',
    '?',
    '#',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const url = `${API}/2/${pieces.join('')}`
      const answer = refusal(url)
      if (answer === 'refused') return
      let path = new URL(answer.replace('signed: ', '')).pathname
      for (let times = 0; times < 4; times++) {
        expect(path).not.toMatch(/[/\\;]oauth/i)
        try {
          path = decodeURIComponent(path)
        } catch {
          return
        }
      }
    }),
    { numRuns: 2000 },
  )
})

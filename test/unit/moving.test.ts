/** Files of other programs as `npm run import` reads them, and its pace. */
import { describe, expect, it } from 'vitest'
import { batchOf, CALLS_MAX, nextSize, WINDOW_MS, waitFor } from '../../scripts/moving/pace'
import { READERS, type Shape } from '../../scripts/moving/readers'

const KEY = { oauth_token: '123-tok', oauth_token_secret: 'sec' }
const one = (shape: Shape, text: string) => READERS[shape](text).items

describe('reads', () => {
  it.each<[string, Shape, string, object[]]>([
    [
      'Tweepy’s four credentials as JSON',
      'tweepy',
      '{"consumer_key":"ck","consumer_secret":"cs","access_token":"123-tok","access_token_secret":"sec"}',
      [{ oauth1: KEY }],
    ],
    [
      'a list of them, with who it is',
      'tweepy',
      '[{"user_id":123,"screen_name":"@alice","access_token":"123-tok","access_token_secret":"sec"},{"access_token":"5-x","access_token_secret":null}]',
      [{ id: '123', username: 'alice', oauth1: KEY }, { oauth2: { access_token: '5-x' } }],
    ],
    [
      'an object by id or name',
      'tweepy',
      '{"123":{"access_token":"123-tok","access_token_secret":"sec"},"bob":{"refresh_token":"r"}}',
      [
        { id: '123', oauth1: KEY },
        { username: 'bob', oauth2: { refresh_token: 'r' } },
      ],
    ],
    [
      'the one list in an object',
      'tweepy',
      '{"accounts":[{"token":"123-tok","token_secret":"sec"}]}',
      [{ oauth1: KEY }],
    ],
    [
      'Tweepy’s OAuth 2.0 dictionary',
      'tweepy',
      '{"token_type":"bearer","expires_in":7200,"access_token":"a","scope":["tweet.read","offline.access"],"refresh_token":"r","expires_at":1795354598.25}',
      [
        {
          oauth2: {
            access_token: 'a',
            refresh_token: 'r',
            expires_at: 1795354598.25,
            expires_in: 7200,
            scope: ['tweet.read', 'offline.access'],
          },
        },
      ],
    ],
    [
      'lines of JSON',
      'tweepy',
      '{"access_token":"123-tok","access_token_secret":"sec"}\r\n\n{"refresh_token":"r"}\n',
      [{ oauth1: KEY }, { oauth2: { refresh_token: 'r' } }],
    ],
    [
      'a table, with quotes and empty cells',
      'tweepy',
      '\uFEFFUsername,"Access Token",Access Token Secret,Refresh Token\nalice,"123-tok",sec,\nbob,,,"r"\n',
      [
        { username: 'alice', oauth1: KEY },
        { username: 'bob', oauth2: { refresh_token: 'r' } },
      ],
    ],
    [
      'an environment',
      'tweepy',
      '# X\nexport CONSUMER_KEY=ck\nCONSUMER_SECRET="cs"\nACCESS_TOKEN=123-tok\nACCESS_TOKEN_SECRET="sec"\n',
      [{ oauth1: KEY }],
    ],
    [
      'an environment of several accounts, by their names',
      'tweepy',
      'TWITTER_API_KEY=ck\nALICE_ACCESS_TOKEN=123-tok\nALICE_ACCESS_TOKEN_SECRET=sec\nACCESS_TOKEN_2=5-b\nACCESS_TOKEN_SECRET_2=c\n',
      [{ oauth1: { oauth_token: '5-b', oauth_token_secret: 'c' } }, { oauth1: KEY }],
    ],
    [
      'twitter-api-v2’s user',
      'twitter-api-v2',
      '[{"userId":"123","screenName":"alice","accessToken":"123-tok","accessSecret":"sec","appKey":"k"}]',
      [{ id: '123', username: 'alice', oauth1: KEY }],
    ],
    [
      'twitter-api-v2’s pair',
      'twitter-api-v2',
      '{"accessToken":"a","refreshToken":"r","expiresIn":7200,"scope":["tweet.read"],"obtainedAt":"2026-11-28T12:00:00Z"}',
      [
        {
          oauth2: {
            access_token: 'a',
            refresh_token: 'r',
            expires_in: 7200,
            scope: ['tweet.read'],
            obtained_at: '2026-11-28T12:00:00Z',
          },
        },
      ],
    ],
    [
      'both kinds of one account',
      'twitter-api-v2',
      '{"userId":"123","oauth1":{"accessToken":"123-tok","accessSecret":"sec"},"oauth2":{"refreshToken":"r"}}',
      [{ id: '123', oauth1: KEY, oauth2: { refresh_token: 'r' } }],
    ],
    [
      'xurl’s store of several apps',
      'xurl',
      `apps:
  default:
    client_id: c
    oauth2_tokens:
      alice: {type: oauth2, oauth2: {access_token: a, refresh_token: r, expiration_time: 1795354598}}
    oauth1_token:
      type: oauth1
      oauth1: {access_token: 123-tok, token_secret: sec, consumer_key: k, consumer_secret: s}
  empty: {}
default_app: default
`,
      [
        {
          username: 'alice',
          oauth2: { access_token: 'a', refresh_token: 'r', expires_at: 1795354598 },
        },
        { oauth1: KEY },
      ],
    ],
    [
      'xurl’s former store, which is JSON',
      'xurl',
      '{"oauth2_tokens":{"bob":{"type":"oauth2","oauth2":{"access_token":"a","refresh_token":"r","expiration_time":7}}},"oauth1_tokens":{"type":"oauth1","oauth1":{"access_token":"123-tok","token_secret":"sec"}},"file_path":"/x"}',
      [
        { username: 'bob', oauth2: { access_token: 'a', refresh_token: 'r', expires_at: 7 } },
        { oauth1: KEY },
      ],
    ],
    [
      'Perch’s own lines, as they are',
      'perch',
      '{"kind":"account","id":"1","sealed":"v1.a.b.c"}\n\n{"oauth1":{"oauth_token":"1-a"}}\n',
      [{ kind: 'account', id: '1', sealed: 'v1.a.b.c' }, { oauth1: { oauth_token: '1-a' } }],
    ],
  ])('%s', (_, shape, text, lines) => {
    expect(one(shape, text).map(({ line }) => line)).toEqual(lines)
  })

  it.each<[string, Shape, string, { at: string; problem: string }[]]>([
    [
      'half an account',
      'tweepy',
      'username,access_token,access_token_secret\nalice,,s3cret\nbob,,\n',
      [
        { at: 'row 2', problem: 'There is a token secret and no access token.' },
        { at: 'row 3', problem: 'There is no access token and no refresh token.' },
      ],
    ],
    [
      'a line that is no JSON',
      'tweepy',
      '{"refresh_token":"r"}\n{"refresh_token":"s3cret"\n',
      [{ at: 'line 2', problem: 'It is not an object.' }],
    ],
    [
      'an opened caller',
      'perch',
      '{"kind":"caller","record":{"secretHash":"s3cret"}}',
      [{ at: 'line 1', problem: expect.stringContaining('sealed') }],
    ],
    ['no line at all', 'perch', 'hello', [{ at: 'line 1', problem: 'It is not a JSON object.' }]],
  ])('and names %s', (_, shape, text, problems) => {
    const items = one(shape, text).filter(({ problem }) => problem !== undefined)
    expect(items).toEqual(problems)
    expect(JSON.stringify(items)).not.toContain('s3cret')
  })

  it('what it cannot read is said without what stands in it', () => {
    for (const [shape, text] of [
      ['tweepy', 'a,"s3cret\nb'],
      ['xurl', '{s3cret: ['],
      ['xurl', 's3cret'],
    ] as const)
      expect(() => one(shape, text)).toThrow(/^(?!.*s3cret)The file/)
  })

  it('tells of how many apps the tokens are', () => {
    const of = (app: string) => ({
      consumer_key: app,
      access_token: '1-a',
      access_token_secret: 's',
    })
    expect(READERS.tweepy(JSON.stringify([of('k'), of('k')])).apps).toBe(1)
    expect(READERS.tweepy(JSON.stringify([of('k'), of('l')])).apps).toBe(2)
  })
})

describe('the pace', () => {
  it('begins small, doubles while it goes well, and gives way when it does not', () => {
    expect([25, 50, 100, 200, 200].map((size) => nextSize(size, true))).toEqual([
      50, 100, 200, 200, 200,
    ])
    expect([200, 25, 1].map((size) => nextSize(size, false))).toEqual([100, 12, 1])
  })

  it('makes no more calls to X in fifteen minutes than X allows', () => {
    let sent: ReturnType<typeof waitFor>['sent'] = []
    let now = 1_000_000_000_000
    const made: number[] = []
    for (let n = 0; n < 200; n++) {
      const wait = waitFor(sent, 200, now)
      now += wait.ms
      sent = [...wait.sent, { at: now, calls: 200 }]
      made.push(now)
      now += 1000
      const lately = made.filter((at) => at > now - WINDOW_MS).length * 200
      expect(lately).toBeLessThanOrEqual(CALLS_MAX)
    }
    expect(waitFor([], 200, now).ms).toBe(0)
    expect(waitFor([{ at: now - 1, calls: CALLS_MAX }], 0, now).ms).toBe(0)
  })

  it('fills a call up to its bytes, with one line at least', () => {
    const lines = (bytes: number, count: number) =>
      Array.from({ length: count }, () => ({ text: 'x'.repeat(bytes) }))
    expect(batchOf(lines(100, 500), 200)).toHaveLength(200)
    expect(batchOf(lines(100 * 1024, 5), 200)).toHaveLength(2)
    expect(batchOf(lines(300 * 1024, 2), 200)).toHaveLength(1)
  })
})

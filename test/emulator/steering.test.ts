/** What tests order and read: limits in headers, patterns, one user's faults, a clock that goes back, names, hints. */
import { describe, expect, it } from 'vitest'
import { SEEDED_APP } from '../../emulator/seeds.ts'
import { basic, type Tokens, useEmulator } from './emulator.ts'
import { ACCESS_TOKEN, useOAuth1, verifierOf } from './oauth1.ts'

const x = useEmulator()
const o = useOAuth1(x)

const ME = '/2/users/me'
const last = async () => (await x.calls()).at(-1)

describe('a fault’s headers', () => {
  it('reply: sends them', async () => {
    const headers = {
      'retry-after': '7',
      'Content-Type': 'application/problem+json',
      'x-made': 'up',
    }
    await x.fault(`reply:${JSON.stringify({ status: 503, body: { a: 1 }, headers })}`, ME)
    const reply = await x.me('any')
    expect([reply.status, await reply.json()]).toEqual([503, { a: 1 }])
    for (const [name, value] of Object.entries(headers)) expect(reply.headers.get(name)).toBe(value)
  })

  it('status:429 with any reset, retry-after and limits of a day', async () => {
    const limits = { reset_in: 900, retry_after: 30, daily: { limit: 50, reset_in: 3600 } }
    await x.fault(`status:429:${JSON.stringify(limits)}`, ME)
    const { headers } = await x.me('any')
    const { now } = await x.control<{ now: number }>('GET', 'state')
    const number = (name: string) => Number(headers.get(name))
    expect(number('x-rate-limit-reset') - now).toBeCloseTo(900, -1)
    expect(number('retry-after')).toBe(30)
    for (const whose of ['user', 'app']) {
      expect(number(`x-${whose}-limit-24hour-limit`)).toBe(50)
      expect(headers.get(`x-${whose}-limit-24hour-remaining`)).toBe('0')
      expect(number(`x-${whose}-limit-24hour-reset`) - now).toBeCloseTo(3600, -1)
    }
  })

  it('status:429 with the limit that the operation has, for a user and for the app', async () => {
    const { access_token } = await x.login()
    await x.fault('status:429', '*', { times: 'always' })
    const limit = async (path: string, Authorization: string) =>
      (await x.send(path, { headers: { Authorization } })).headers.get('x-rate-limit-limit')
    expect(await limit('/2/tweets?ids=1', `Bearer ${access_token}`)).toBe('5000')
    expect(await limit('/2/tweets?ids=1', 'Bearer nobody')).toBe('3500')
    expect(await limit(ME, `Bearer ${access_token}`)).toBe('75')
  })

  it('status:429 in the past, and a 503 with retry-after', async () => {
    await x.fault('status:429:{"reset_in":-60}', ME)
    expect(Number((await x.me('any')).headers.get('x-rate-limit-reset'))).toBeLessThan(
      Date.now() / 1000,
    )
    await x.fault('status:503:{"retry_after":5,"headers":{"x-made":"up"}}', ME)
    const { headers } = await x.me('any')
    expect([headers.get('retry-after'), headers.get('x-made')]).toEqual(['5', 'up'])
    expect(headers.get('x-rate-limit-reset')).toBeNull()
  })

  it.each([
    'status:429:{}x',
    'status:429:{"reset":1}',
    'status:429:{"headers":{"a b":"c"}}',
    'reply:{"headers":[1]}',
  ])('%s is no fault', async (fault) => expect(await x.fault(fault, ME)).toHaveProperty('error'))
})

describe('which calls a fault is for', () => {
  it('a * anywhere in its path, and always until it is forgotten', async () => {
    await x.fault('status:418', '/2/users/*/tweets', { times: 'always' })
    for (const path of ['/2/users/1/tweets', '/2/users/2/tweets', '/2/users/1/tweets'])
      expect((await x.send(path)).status).toBe(418)
    expect((await x.send('/2/users/1/mentions')).status).not.toBe(418)
    expect(await x.control('GET', 'faults')).toMatchObject({ faults: [{ times: 'always' }] })
    await x.control('DELETE', 'faults')
    expect((await x.send('/2/users/1/tweets')).status).not.toBe(418)
  })

  it('one user alone, by whatever shows who it is', async () => {
    const [alice, bob] = [await x.login('alice'), await x.login('bob')]
    const signing = await o.connect('bob')
    await x.fault('status:418', '*', { username: 'bob', times: 'always' })
    expect((await x.me(alice.access_token)).status).toBe(200)
    expect((await x.refresh(alice.refresh_token)).status).toBe(200)
    expect((await x.me(bob.access_token)).status).toBe(418)
    expect((await x.refresh(bob.refresh_token)).status).toBe(418)
    expect((await o.signed('GET', ME, { token: signing })).status).toBe(418)
    expect((await x.decide({}, { username: 'bob', decision: 'authorize' })).status).toBe(418)
    expect((await x.decide({}, { username: 'alice', decision: 'authorize' })).status).toBe(302)
    expect(await x.fault('status:418', '*', { username: 'nobody' })).toHaveProperty('error')
  })
})

it('the clock may be set back: what had expired lives again', async () => {
  const { access_token } = await x.login()
  await x.control('POST', 'clock', { advance_seconds: 7200 })
  expect((await x.me(access_token)).status).toBe(401)
  await x.control('POST', 'clock', { advance_seconds: -7200 })
  expect((await x.me(access_token)).status).toBe(200)
})

it('a signature’s time is judged by the clock that was set back', async () => {
  await x.control('POST', 'clock', { advance_seconds: -3600 })
  expect((await o.askForToken()).status).toBe(401)
  expect(await last()).toMatchObject({
    outcome: 'timestamp_out_of_bounds',
    why: '3600 seconds ahead',
  })
})

describe('users', () => {
  it('have no name, or another, or another username; the id stays', async () => {
    const { access_token } = await x.login()
    await x.control('PUT', 'user', { username: 'alice', name: '' })
    const data = { id: '1000000001', username: 'alice', name: '' }
    expect(await (await x.me(access_token)).json()).toEqual({ data })
    await x.control('PUT', 'user', { username: 'alice', new_username: 'Alice_2', name: 'A' })
    expect(await (await x.me(access_token)).json()).toEqual({
      data: { ...data, username: 'Alice_2', name: 'A' },
    })
    expect(
      await x.control('PUT', 'user', { username: 'Alice_2', new_username: 'bob' }),
    ).toHaveProperty('error')
    expect(
      await x.control('PUT', 'user', { username: 'Alice_2', new_username: 'alice_2' }),
    ).toMatchObject({
      user: { username: 'alice_2' },
    })
    expect(await x.control('PUT', 'user', { username: 'alice_2' })).toHaveProperty('error')
  })

  it('are made without a name', async () => {
    expect(await x.control('POST', 'users', { username: 'dora', name: '' })).toMatchObject({
      users: [{ name: '' }],
    })
    expect((await x.decide({}, { username: 'dora', decision: 'authorize' })).status).toBe(302)
  })
})

describe('hint', () => {
  it.each<[string, RegExp, () => Promise<unknown>]>([
    [
      'a spent refresh token',
      /works once/,
      async () => {
        const { refresh_token } = await x.login()
        await x.refresh(refresh_token)
        await x.refresh(refresh_token)
      },
    ],
    [
      'a code that is used twice',
      /A code works once/,
      async () => {
        const code = await x.code()
        await x.redeem(code)
        await x.redeem(code)
      },
    ],
    [
      'the wrong secret',
      /newline/,
      async () => x.redeem(await x.code(), {}, basic(SEEDED_APP.client_id, 'x')),
    ],
    [
      'an encoded secret',
      /basic_encoding/,
      async () =>
        x.redeem(
          await x.code(),
          {},
          basic(
            SEEDED_APP.client_id,
            encodeURIComponent(SEEDED_APP.client_secret).replaceAll('-', '%2D'),
          ),
        ),
    ],
    [
      'no Basic',
      /confidential/,
      async () => x.redeem(await x.code(), {}, {} as ReturnType<typeof basic>),
    ],
    [
      'a forgotten verifier',
      /PKCE/,
      async () => x.redeem(await x.code(), { code_verifier: undefined }),
    ],
    [
      'the app that was revoked',
      /log in again/,
      async () => {
        const { refresh_token } = await x.login()
        await x.control('POST', 'revoke', { username: 'alice' })
        await x.refresh(refresh_token)
      },
    ],
    [
      'a missing scope',
      /ask for it at the login/,
      async () => x.me((await x.login('alice', 'users.read')).access_token),
    ],
    [
      'a signature without the secret',
      /base string/,
      () => o.askForToken(undefined, { secret: 'wrong' }),
    ],
    ['an unregistered callback', /to the letter/, () => o.askForToken('http://localhost:1/')],
    [
      'a verifier that is used twice',
      /used before/,
      async () => {
        const token = await o.requestToken()
        const verifier = verifierOf(await o.decide(token))
        await o.redeem(token, verifier)
        await o.redeem(token, verifier)
      },
    ],
    ['a path that X does not have', /no such path/, () => x.send('/3/users/me')],
    ['no token', /shows no token/, () => x.send(ME)],
    ['a made-up token', /given out/, () => x.me('made-up')],
    [
      'a post that is no JSON',
      /JSON alone/,
      async () => {
        const Authorization = `Bearer ${(await x.login()).access_token}`
        return x.post('/2/tweets', { text: 'Hello' }, { Authorization })
      },
    ],
    ...['user.fields=nickname', 'fields=name'].map(
      (query): [string, RegExp, () => Promise<unknown>] => [
        query,
        /lists what it takes/,
        async () => {
          const Authorization = `Bearer ${(await x.login()).access_token}`
          return x.send(`${ME}?${query}`, { headers: { Authorization } })
        },
      ],
    ),
    [
      'a user who is suspended',
      /no token changes/,
      async () => {
        const { access_token } = await x.login()
        await x.control('PUT', 'user', { username: 'alice', status: 'suspended' })
        await x.me(access_token)
      },
    ],
    [
      'a family that a spent refresh token has ended',
      /ends_family/,
      async () => {
        await x.control('PUT', 'app', { reuse: 'ends_family' })
        const { refresh_token } = await x.login()
        const next = (await (await x.refresh(refresh_token)).json()) as Tokens
        await x.refresh(refresh_token)
        await x.me(next.access_token)
      },
    ],
    [
      'a request token that nobody gave out',
      /15 minutes/,
      () => x.send('/i/oauth/authenticate?oauth_token=made-up'),
    ],
  ])('%s', async (_, hint, act) => {
    await act()
    expect((await last())?.hint).toMatch(hint)
  })

  it('is not there when nothing is wrong', async () => {
    await x.me((await x.login()).access_token)
    await o.connect()
    const hinted = (await x.calls()).filter((call) => call.hint !== undefined)
    expect(hinted).toEqual([])
    expect((await x.calls(`?path=${ACCESS_TOKEN}`))[0]).toMatchObject({ outcome: 'access_token' })
  })
})

it('the home page shows users and the last calls, and no token', async () => {
  const { access_token, refresh_token } = (await x.login()) as Tokens
  await x.me('made-up')
  await x.control('POST', 'users', { username: 'dora', status: 'locked' })
  const html = await (await x.send('/')).text()
  for (const text of [
    '@alice',
    '@dora',
    '(locked)',
    'GET /2/users/me',
    'POST /2/oauth2/token',
    'issued',
  ])
    expect(html).toContain(text)
  for (const secret of [access_token, refresh_token]) expect(html).not.toContain(secret)
})

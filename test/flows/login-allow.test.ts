/** Who may log in, and how often; and what X grants need not be what was asked for. */
import { describe, expect, it } from 'vitest'
import { failureOf, pageOf, problemOf } from './answers.ts'
import { ME, REVOKE, TOKEN } from './emulators.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { useWorld, type World } from './worlds.ts'

/** That nobody has the newest grant of this user: two minutes later it is given back (test/workers/login/login.test.ts). */
async function expectNobodys(world: World, id: string): Promise<void> {
  expect(await failureOf(await program(world).tryLease(id))).toEqual([404, 'account_unknown'])
  expect(await world.emulator.calls(REVOKE)).toEqual([])
}

describe('LOGIN_ALLOW with a username and an id', () => {
  const world = useWorld({ LOGIN_ALLOW: '@Alice, 1000000002' })

  it.each(['alice', 'bob'])('%s may', async (username) => {
    expect((await visitor(world).login(username)).status).toBe(200)
  })

  it('others may not', async () => {
    const { username, id } = await world.emulator.user()
    const { begin, open } = visitor(world)
    const callback = await decide(await begin(), username)
    for (const _ of ['first', 'reload'])
      expect(await failureOf(await open(callback))).toEqual([403, 'account_not_allowed'])
    await expectNobodys(world, id)
  })

  it('holds for programs too', async () => {
    const user = await world.emulator.user()
    const { username } = user
    const { begin, complete, json } = program(world)
    const { id, authorize_url } = await begin()
    const response = await complete(id, { response_url: await decide(authorize_url, username) })
    expect(await problemOf(response)).toMatchObject({ status: 403, code: 'account_not_allowed' })
    await expectNobodys(world, user.id)
    expect(await json('GET', `/v1/logins/${id}`)).toMatchObject({ status: 'failed' })
  })
})

describe('LOGIN_ALLOW unset', () => {
  const world = useWorld({ LOGIN_ALLOW: '' })

  it('browsers are told what to set', async () => {
    const page = await pageOf(await visitor(world).open('/login'))
    expect(page).toMatchObject({ status: 500, code: 'config_incomplete' })
    expect(page.html).toContain('LOGIN_ALLOW')
  })

  it('programs may begin logins, and a browser may go their way', async () => {
    const { username } = await world.emulator.user()
    const { login_url } = await program(world).begin()
    expect((await visitor(world).login(username, login_url)).status).toBe(200)
  })
})

describe('LOGIN_ALLOW of everybody', () => {
  const world = useWorld()
  const admin = program(world)

  it('a limited caller connects the accounts on its list only', async () => {
    const [mine, other] = [await world.emulator.user(), await world.emulator.user()]
    const request = { name: 'limited', scopes: ['logins'], accounts: [mine.id] }
    const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', request)
    const limited = program(world, key)
    expect(await limited.connect(mine)).toMatchObject(mine)
    const { id, authorize_url } = await limited.begin()
    const response_url = await decide(authorize_url, other.username)
    const response = await limited.complete(id, { response_url })
    expect(await problemOf(response)).toMatchObject({ status: 403, code: 'account_not_allowed' })
    await expectNobodys(world, other.id)
  })

  it('60 logins a minute for each address, then 429', async () => {
    const { open } = visitor(world)
    const answers: Response[] = []
    const refused = () => answers.filter(({ status }) => status !== 302)
    // Twice, should the minute end just now.
    for (let round = 0; round < 2 && refused().length === 0; round++)
      answers.push(...(await Promise.all(Array.from({ length: 62 }, () => open('/login')))))
    expect(refused().length).toBeGreaterThan(0)
    expect(answers.length - refused().length).toBeGreaterThanOrEqual(60)
    for (const response of refused()) {
      expect(response.headers.getSetCookie()).toEqual([])
      expect(response.headers.get('retry-after')).toBe('60')
      expect(await failureOf(response)).toEqual([429, 'rate_limited'])
    }
    expect((await visitor(world).open('/login')).status).toBe(302)
  })

  it('scopes that differ from those asked for are data, not an error', async () => {
    const user = await world.emulator.user()
    const { begin, open } = visitor(world)
    const callback = await decide(await begin(), user.username)
    const scope = 'users.read tweet.read like.read'
    const tokens = { token_type: 'bearer', access_token: 'at', expires_in: 7200, scope }
    await world.emulator.fault(`reply:${JSON.stringify({ body: tokens })}`, TOKEN)
    await world.emulator.fault(`reply:${JSON.stringify({ body: { data: user } })}`, ME)
    const { status, html } = await pageOf(await open(callback))
    expect(status).toBe(200)
    expect(html).toContain('like.read')
    expect(html).toContain('offline.access was not granted')
    expect(await admin.account(user.id)).toMatchObject({ due_at: null, oauth2: { scope } })
  })
})

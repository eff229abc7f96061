/** Logins by OAuth 1.0a that end with both grants: X exchanges the token that they bring. */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { type Account, program } from './programs.ts'
import { approveForPin, decide, visitor } from './visitors.ts'
import { ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld({ ...ALL_FLOWS, LOGIN_EXCHANGE: 'on' })
const admin = program(world)

type Exchanged = Account & { exchange?: { code: string; detail?: string } }

describe('"exchange": true', () => {
  it.each(['oauth1', 'signin'] as const)('%s: one consent brings both grants', async (flow) => {
    const account: Exchanged = await admin.connectBy(flow, { exchange: true, scope: 'tweet.write' })
    expect(account.grants).toEqual(['oauth2', 'oauth1'])
    expect(account.oauth2.scope).toContain('tweet.write')
    expect(account).not.toHaveProperty('exchange')
    const { access_token } = await admin.lease(account.id)
    expect((await world.emulator.me(access_token)).status).toBe(200)
  })

  it('by PIN it is an OAuth 2.0 login without a callback address', async () => {
    const { username } = await world.emulator.user()
    const { id, authorize_url } = await admin.begin({ flow: 'pin', exchange: true })
    const pin = await approveForPin(authorize_url, username)
    const account = await admin.json<Account>('POST', `/v1/logins/${id}/complete`, { pin })
    expect(account.grants).toEqual(['oauth2', 'oauth1'])
    expect((await admin.lease(account.id)).scope).toContain('offline.access')
  })

  it('leaves a pair that works, unless it is to be replaced', async () => {
    const user = await world.emulator.user()
    const { generation } = await admin.connectBy('oauth2', {}, user)
    const left: Exchanged = await admin.connectBy('oauth1', { exchange: true }, user)
    expect(left).toMatchObject({ generation, grants: ['oauth2', 'oauth1'] })
    expect(left).not.toHaveProperty('exchange')
    const replaced = await admin.connectBy('oauth1', { exchange: true, replace: true }, user)
    expect(replaced.generation).toBeGreaterThan(generation)
  })

  it('is no failure of the login where X gives no pair, and says why', async () => {
    await world.emulator.app({ token_exchange: 'off' })
    const account: Exchanged = await admin.connectBy('oauth1', { exchange: true })
    await world.emulator.app({ token_exchange: 'on' })
    expect(account).toMatchObject({ grants: ['oauth1'], exchange: { code: 'exchange_refused' } })
  })

  it.each([
    ['by OAuth 2.0', { flow: 'oauth2', exchange: true }, /^exchange: flow=oauth2 does not have it/],
    ['that keeps nothing', { flow: 'oauth1', exchange: true, keep: false }, /^exchange: .*keep/],
    ['replace alone', { flow: 'oauth1', replace: true }, /^replace: /],
  ])('is refused: %s', async (_, body, detail) => {
    const problem = await problemOf(await admin.send('POST', '/v1/logins', body))
    expect(problem).toMatchObject({ code: 'request_malformed' })
    expect(problem.detail).toMatch(detail)
  })
})

it('LOGIN_EXCHANGE: a browser’s login brings both, and the page says what was approved', async () => {
  const { username } = await world.emulator.user()
  const browser = visitor(world)
  const back = await decide(await browser.begin('/login?flow=oauth1'), username)
  const page = await browser.open(back)
  expect(page.status).toBe(200)
  const text = await page.text()
  expect(text).toContain('tweet.read')
  expect(text).toContain('OAuth 1.0a')
})

/** Many grants brought at once: `POST /v1/imports` with lines. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { eventually } from '../../eventually'
import { pairOf } from '../many'
import { api, callsTo, connect, later, newUser, perch, refreshes, useFreshWorld, x } from '../world'

const ME = '/2/users/me'
const ADMIN = { authorization: 'Bearer admin-key-of-the-tests-0123456789abcdef' }
const TYPE = { 'content-type': 'application/x-ndjson' }
useFreshWorld()

interface Answer {
  line: number
  status: string
  id?: string
  oauth1?: string
  oauth2?: string
  stopped?: true
  problems?: { field: string; code: string; fix: string; retry_after?: number }[]
}

const post = (body: string, headers: Record<string, string> = {}) =>
  perch('/v1/imports', { method: 'POST', headers: { ...ADMIN, ...TYPE, ...headers }, body })

/** The answers to these lines. */
async function bring(lines: unknown[], headers: Record<string, string> = {}): Promise<Answer[]> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const response = await post(`${text.join('\n')}\n`, headers)
  const answer = new TextDecoder().decode(await response.arrayBuffer())
  expect(response.status, answer).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  expect(response.headers.get('cache-control')).toBe('no-store')
  return answer
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** A user token, as X's access-token reply has it. */
async function keyOf(username: string) {
  const given = (await x('POST', 'tokens', { username })) as never as Record<string, string>
  return { oauth_token: given.access_token, oauth_token_secret: given.access_token_secret }
}

const sign = (id: string) =>
  api(`/v1/accounts/${id}/sign`, {
    method: 'POST',
    body: JSON.stringify({ method: 'GET', url: `${env.X_API_ORIGIN}${ME}` }),
  })

it('user tokens cost no call to X; the first signature confirms', async () => {
  const users = [await newUser(), await newUser()]
  const lines = []
  for (const { username } of users) lines.push({ username, oauth1: await keyOf(username) })
  const answers = await bring(lines)
  expect(answers).toEqual(
    users.map(({ id }, at) => ({ line: at + 1, status: 'imported', id, oauth1: 'imported' })),
  )
  expect(await callsTo(ME)).toHaveLength(0)
  const { id, username } = users[0]!
  const account = await api(`/v1/accounts/${id}`)
  expect(account).toMatchObject({ username, status: 'ok', oauth1: { unconfirmed: true } })
  expect(await bring(lines)).toMatchObject([{ status: 'already' }, { status: 'already' }])
  expect(await sign(id)).toMatchObject({ http: 200 })
  expect((await api(`/v1/accounts/${id}`)).oauth1).not.toHaveProperty('unconfirmed')
})

it('the same line twice in one call is one import', async () => {
  const { id, username } = await newUser()
  const line = { oauth1: await keyOf(username) }
  const answers = await bring([line, line, line])
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['already', 'already', 'imported'])
  expect(answers.every((answer) => answer.id === id)).toBe(true)
})

it('a user token that nobody vouches for never takes the place of one that X confirmed', async () => {
  const { id, username } = await newUser()
  await bring([{ oauth1: await keyOf(username) }])
  await sign(id)
  const before = await api(`/v1/accounts/${id}`)
  const wrong = { oauth_token: `${id}-made-up-0123456789`, oauth_token_secret: 'made-up' }
  expect(await bring([{ oauth1: wrong }])).toMatchObject([
    {
      status: 'failed',
      oauth1: 'failed',
      problems: [{ field: 'oauth1', code: 'grant_unconfirmed' }],
    },
  ])
  expect(await api(`/v1/accounts/${id}`)).toEqual(before)
  expect(await sign(id)).toMatchObject({ http: 200 })
})

it('a pair comes to its account by its id, or by a refresh where there is none; sent again it is done', async () => {
  const [named, unnamed] = [await newUser(), await newUser()]
  const pairs = [await pairOf(named.username), await pairOf(unnamed.username)]
  const lines = [
    { id: named.id, oauth2: { ...pairs[0], obtained_at: new Date().toISOString() } },
    { oauth2: { refresh_token: pairs[1]!.refresh_token } },
  ]
  expect(await bring(lines)).toEqual([
    { line: 1, status: 'imported', id: named.id, oauth2: 'imported' },
    { line: 2, status: 'imported', id: unnamed.id, oauth2: 'imported' },
  ])
  expect(await refreshes()).toHaveLength(1)
  for (const { id } of [named, unnamed])
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
  expect(await bring(lines)).toMatchObject([{ status: 'already' }, { status: 'already' }])
  expect(await refreshes()).toHaveLength(1)
})

// A pair was said to have come by a login, whoever read the events.
it('a pair that comes in, refreshed first or not, is told as an import', async () => {
  const [named, unnamed] = [await newUser(), await newUser()]
  await bring([
    { id: named.id, oauth2: await pairOf(named.username) },
    { oauth2: { refresh_token: (await pairOf(unnamed.username)).refresh_token } },
  ])
  for (const { id } of [named, unnamed])
    await eventually(async () =>
      expect(await api(`/v1/events?account=${id}`)).toMatchObject({
        events: [{ type: 'account.connected', data: { by: 'import' } }],
      }),
    )
})

// What a file holds has been refreshed since: presented again, it may end the grant.
it('what was brought, and refreshed here since, is not presented to X again, days later', async () => {
  const [named, unnamed] = [await newUser(), await newUser()]
  const { access_token, refresh_token } = await pairOf(named.username)
  const other = await pairOf(unnamed.username)
  const lines = [
    { id: named.id, oauth2: { access_token, refresh_token } },
    { oauth2: { refresh_token: other.refresh_token } },
  ]
  await bring(lines)
  for (const { id } of [named, unnamed])
    expect(await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })).toMatchObject({ http: 200 })
  const before = (await refreshes()).length
  later(6 * 86_400)
  expect(await bring(lines)).toMatchObject([{ status: 'already' }, { status: 'already' }])
  expect(await refreshes()).toHaveLength(before)
})

it('a bad line is named, and the others go on', async () => {
  const { id, username } = await newUser()
  const spent = await pairOf(username)
  await x('POST', 'revoke', { username })
  const stranger = await newUser()
  const answers = await bring([
    '{',
    { oauth1: { oauth_token: 'x' } },
    { id, oauth2: { refresh_token: spent.refresh_token } },
    { id: stranger.id, oauth1: await keyOf(stranger.username), oauth2: { refresh_token: 'never' } },
    { id, exchange: true, oauth2: { refresh_token: 'a' } },
    { oauth1: await keyOf(username) },
  ])
  expect(answers).toMatchObject([
    { line: 1, status: 'failed', problems: [{ field: 'line', code: 'request_malformed' }] },
    {
      line: 2,
      problems: [{ field: 'oauth1.oauth_token_secret', code: 'request_malformed' }],
    },
    { line: 3, id, oauth2: 'failed', problems: [{ code: 'refresh_token_refused' }] },
    {
      line: 4,
      id: stranger.id,
      status: 'failed',
      oauth1: 'imported',
      oauth2: 'failed',
      problems: [{ field: 'oauth2', code: 'refresh_token_refused' }],
    },
    { line: 5, problems: [{ field: 'exchange' }] },
    { line: 6, status: 'imported', id },
  ])
  expect(await sign(stranger.id)).toMatchObject({ http: 200 })
})

it('X’s refusal of the app stops the rest, which is told the cure; nothing is lost', async () => {
  const users = []
  for (let n = 0; n < 14; n++) users.push(await newUser())
  const lines = []
  for (const { username } of users)
    lines.push({ oauth2: { refresh_token: (await pairOf(username)).refresh_token } })
  await x('PUT', 'app', { client_secret: 'another-secret' })
  const answers = await bring(lines)
  expect(answers).toHaveLength(users.length)
  expect(answers.map(({ line }) => line)).toEqual(users.map((_, at) => at + 1))
  const last = answers.at(-1)
  expect(last).toMatchObject({
    status: 'failed',
    stopped: true,
    problems: [{ code: 'app_halted' }],
  })
  expect(last?.problems?.[0]?.fix).toMatch(/GET \/v1\/status/)
  expect((await refreshes()).length).toBeLessThan(users.length)
  await x('PUT', 'app', { client_secret: '-Emulator_client-secret_0123456789abcdefghijklmn-_' })
  later(70)
  await bring(lines)
  later(120)
  const again = await bring(lines)
  expect(again.map(({ id }) => id)).toEqual(users.map(({ id }) => id))
})

it('a caller brings its own accounts alone', async () => {
  const [mine, other] = [await newUser(), await newUser()]
  const { key } = await api('/v1/callers', {
    method: 'POST',
    body: JSON.stringify({ name: 'one', scopes: ['accounts:write'], accounts: [mine.id] }),
  })
  const lines = [
    { oauth1: await keyOf(mine.username) },
    { oauth1: await keyOf(other.username) },
    { id: other.id, oauth2: { refresh_token: (await pairOf(other.username)).refresh_token } },
  ]
  expect(await bring(lines, { authorization: `Bearer ${key}` })).toMatchObject([
    { status: 'imported' },
    { status: 'failed', problems: [{ code: 'account_unknown' }] },
    { status: 'failed', problems: [{ code: 'account_unknown' }] },
  ])
  expect(await refreshes()).toHaveLength(0)
  expect(await api(`/v1/accounts/${other.id}`)).toMatchObject({ http: 404 })
})

it('as much as is said is read, and no more', async () => {
  expect((await (await post('')).arrayBuffer()).byteLength).toBe(0)
  const many = '{}\n'.repeat(201)
  expect((await post(many)).status).toBe(413)
  expect((await post(`${'x'.repeat(256 * 1024)}\n`)).status).toBe(413)
  expect((await bring(Array.from({ length: 200 }, () => '{}'))).at(-1)).toMatchObject({ line: 200 })
  const { id } = await connect()
  expect(await api('/v1/imports', { method: 'POST', body: '{}\n{}' })).toMatchObject({
    http: 400,
    detail: expect.stringMatching(/application\/x-ndjson/),
  })
  expect(await api(`/v1/accounts/${id}`)).toMatchObject({ status: 'ok' })
})

it('a user token is exchanged where the line says so, once; where X has a pair for it already nothing is asked', async () => {
  const [first, second] = [await newUser(), await newUser()]
  const lines = [
    { oauth1: await keyOf(first.username), exchange: true },
    {
      oauth1: await keyOf(second.username),
      oauth2: { refresh_token: (await pairOf(second.username)).refresh_token },
      exchange: true,
    },
  ]
  const told = { oauth1: 'imported', status: 'imported' }
  expect(await bring(lines)).toEqual([
    { line: 1, id: first.id, ...told, exchange: 'imported' },
    { line: 2, id: second.id, ...told, oauth2: 'imported', exchange: 'already' },
  ])
  for (const { id } of [first, second])
    expect(await api(`/v1/accounts/${id}/token`)).toMatchObject({ http: 200 })
  expect((await api(`/v1/accounts/${first.id}`)).oauth1).not.toHaveProperty('unconfirmed')
  const exchanges = async () =>
    (await callsTo('/2/oauth2/token')).filter(({ grant_type }) => /exchange/.test(grant_type ?? ''))
  expect(await exchanges()).toHaveLength(1)
  expect(await bring(lines)).toMatchObject([
    { status: 'already', exchange: 'already' },
    { status: 'already', exchange: 'already' },
  ])
  expect(await exchanges()).toHaveLength(1)
})

it('an exchange that X refuses leaves the token, and is told; in a freeze none leaves', async () => {
  const [{ id, username }, other] = [await newUser(), await newUser()]
  const oauth1 = await keyOf(username)
  await api('/v1/freeze', { method: 'POST', body: '{"refreshes":true}' })
  expect(await bring([{ oauth1, exchange: true }])).toMatchObject([
    {
      status: 'failed',
      oauth1: 'imported',
      exchange: 'failed',
      stopped: true,
      problems: [{ field: 'exchange', code: 'refreshes_frozen' }],
    },
  ])
  await api('/v1/freeze', { method: 'DELETE' })
  const wrong = { oauth_token: `${other.id}-never`, oauth_token_secret: 'never' }
  expect(
    await bring([
      { oauth1, exchange: true },
      { oauth1: wrong, exchange: true },
    ]),
  ).toMatchObject([
    { status: 'imported', id, oauth1: 'already', exchange: 'imported' },
    { status: 'failed', oauth1: 'imported', exchange: 'failed', problems: [{ field: 'exchange' }] },
  ])
})

// X called good tokens invalid for some minutes: they could not be brought again for a week.
it('a refresh token that X refused is presented again after ten minutes, and not before', async () => {
  const { id, username } = await newUser()
  const line = { oauth2: { refresh_token: (await pairOf(username)).refresh_token } }
  const error_description = 'Value passed for the token was invalid.'
  const said = { status: 400, body: { error: 'invalid_request', error_description } }
  const fault = `reply:${JSON.stringify(said)}`
  await x('POST', 'faults', { path: '/2/oauth2/token', fault, times: 1 })
  const refused = [{ status: 'failed', problems: [{ code: 'refresh_token_refused' }] }]
  expect(await bring([line])).toMatchObject(refused)
  expect(await bring([line])).toMatchObject(refused)
  later(601)
  expect(await bring([line])).toMatchObject([{ status: 'imported', id }])
})

/** Moving in by the file, and from one deployment to another: the commands as an operator runs them. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { problemOf } from './answers.ts'
import { program } from './programs.ts'
import { keyOf, pairOf } from './tokens.ts'
import { ADMIN_KEY, ALL_FLOWS, SEALING_KEY, useWorld, type World, world } from './worlds.ts'

const here = useWorld(ALL_FLOWS)
const admin = program(here)
const folder = mkdtempSync(join(tmpdir(), 'perch-move-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command of the project, with these secrets in its environment. */
function command(args: string[], secrets: Record<string, string>) {
  const child = spawn(process.execPath, ['scripts/run.js', ...args], {
    env: { ...process.env, ...secrets },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString()
    })
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  )
  return { child, ended }
}

const at = (name: string): string => join(folder, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const reportOf = (name: string): { at: string; id?: string; status: string }[] =>
  read(`${name}.perch-report`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const USER_TOKENS = 44
const PAIRS = 8

// Killed with lines under way, an import began anew, and presented every refresh token once more.
it('an import that was killed half-way goes on: none lost, none refreshed or exchanged twice, no secret told', async () => {
  const { emulator } = here
  const users = await Promise.all(
    Array.from({ length: USER_TOKENS + PAIRS }, () => emulator.user()),
  )
  const secrets: string[] = []
  const rows = ['user_id,screen_name,access_token,access_token_secret,refresh_token']
  const given = await Promise.all(
    users
      .slice(0, USER_TOKENS)
      .map(async (user) => ({ ...user, ...(await keyOf(here, user.username)) })),
  )
  for (const { id, username, oauth_token, oauth_token_secret } of given) {
    secrets.push(oauth_token, oauth_token_secret)
    rows.push(`${id},${username},${oauth_token},${oauth_token_secret},`)
  }
  for (const { username } of users.slice(USER_TOKENS)) {
    const { refresh_token = '' } = await pairOf(here, username)
    secrets.push(refresh_token)
    // Half of them before the others, so that whenever it is killed some are done.
    rows.splice(1 + rows.length / 2, 0, `,${username},,,${refresh_token}`)
  }
  rows.push('5,nobody,,,')
  writeFileSync(at('users.csv'), `${rows.join('\n')}\n`)
  await emulator.forgetCalls()

  const args = ['import', at('users.csv'), '--from', 'tweepy', '--origin', here.perch, '--exchange']
  const key = { PERCH_KEY: ADMIN_KEY }
  const first = command(args, key)
  const doneIn = (journal: string): number => journal.split('"done"').length - 1
  const isHalfWay = (): boolean => {
    const journal = at('users.csv.perch-journal')
    return existsSync(journal) && doneIn(readFileSync(journal, 'utf8')) >= 27
  }
  await eventually(() => expect(isHalfWay()).toBe(true), { timeout: 20_000, interval: 5 })
  first.child.kill('SIGKILL')
  await first.ended
  const before = doneIn(read('users.csv.perch-journal'))
  expect(before).toBeLessThan(users.length)

  const { code, output } = await command(args, key).ended
  // The row without a token is the one that failed.
  expect(code, output).toBe(1)
  const report = reportOf('users.csv')
  const statuses = report.map(({ status }) => status)
  expect(statuses.filter((status) => status === 'done before')).toHaveLength(before)
  expect(statuses.filter((status) => status === 'failed')).toEqual(['failed'])
  expect(report.at(-1)).toMatchObject({ at: `row ${users.length + 2}`, status: 'failed' })
  const refreshed = await emulator.tokenCalls('refresh_token')
  expect(refreshed.map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: PAIRS }, () => 'rotated'),
  )
  // A line that was under way when it was killed was sent again, and found a pair that works.
  const exchanged = await emulator.tokenCalls(EXCHANGE)
  expect(exchanged.map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: USER_TOKENS }, () => 'exchanged'),
  )
  const known = new Set<string>()
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: { accounts: { id: string }[]; cursor?: string } = await admin.json(
      'GET',
      `/v1/accounts?limit=1000${cursor && `&cursor=${cursor}`}`,
    )
    for (const { id } of page.accounts) known.add(id)
    cursor = page.cursor
  }
  expect(users.filter(({ id }) => !known.has(id))).toEqual([])
  const told = [output, read('users.csv.perch-journal'), read('users.csv.perch-report')].join()
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([])
  expect(statSync(at('users.csv.perch-journal')).mode & 0o077).toBe(0)
  // Once more: nothing is sent but the one that failed, which cannot be.
  await emulator.forgetCalls()
  expect((await command(args, key).ended).code).toBe(1)
  expect(await emulator.calls()).toEqual([])
})

it('a command that cannot go on says why, and what to do', async () => {
  const file = at('one.ndjson')
  writeFileSync(file, `${JSON.stringify({ oauth2: { refresh_token: 'never-given' } })}\n`)
  const run = (secrets: Record<string, string>, origin = here.perch) =>
    command(['import', file, '--from', 'perch', '--origin', origin], secrets).ended
  expect(await run({})).toMatchObject({ code: 2, output: expect.stringContaining('PERCH_KEY') })
  const insecure = await run({ PERCH_KEY: ADMIN_KEY }, 'http://perch.example.com')
  expect(insecure).toMatchObject({ code: 2, output: expect.stringContaining('https is expected') })
  const wrong = await run({ PERCH_KEY: 'perch_wrong' })
  expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining('not valid') })
  const failed = await run({ PERCH_KEY: ADMIN_KEY })
  expect(failed.code).toBe(1)
  expect(read('one.ndjson.perch-report')).toContain('refresh_token_refused')
  await here.emulator.app({ client_secret: 'another' })
  writeFileSync(file, `${JSON.stringify({ oauth2: { refresh_token: 'never-given-2' } })}\n`)
  const stopped = await run({ PERCH_KEY: ADMIN_KEY })
  expect(stopped).toMatchObject({ code: 2, output: expect.stringContaining('Stopped: Refreshes') })
})

describe('from one deployment to another', () => {
  let there: World
  beforeAll(async () => {
    there = await world({ ...ALL_FLOWS, X_API_ORIGIN: here.x, X_WEB_ORIGIN: here.x })
  })
  afterAll(() => there?.stop())

  it('accounts and keys move, in a freeze; a dump shows nothing without the sealing keys', async () => {
    const pair = await admin.connect()
    const signer = await admin.connectBy('oauth1')
    const { key } = await admin.json<{ key: string }>('POST', '/v1/callers', {
      name: 'the app',
      scopes: ['tokens', 'sign'],
    })
    const { access_token } = await admin.lease(pair.id)
    await admin.json('POST', '/v1/freeze', { refreshes: true })
    const held = await here.emulator.grants()

    const sealed = at('sealed')
    const keys = { ADMIN_KEY }
    const exported = ['export', sealed, '--origin', here.perch, '--now']
    expect(await command(exported, keys).ended).toMatchObject({ code: 0 })
    const dump = read('sealed')
    const secrets = held.flatMap((grant) => [
      grant.access_token,
      grant.refresh_token,
      grant.access_token_secret,
    ])
    const told = secrets.filter((secret) => secret && dump.includes(secret))
    expect(told).toEqual([])
    // Three letters stand in a sealed text by chance; a name in the open stands between quotes, or has a blank.
    for (const name of [`"${pair.username}"`, pair.name]) expect(dump).not.toContain(name)
    expect(statSync(sealed).mode & 0o077).toBe(0)
    const opening = ['export', at('open'), '--origin', here.perch, '--now', '--open']
    const others = { ...keys, SEALING_KEYS: Buffer.alloc(32, 1).toString('base64') }
    const unopened = await command(opening, others).ended
    expect(unopened).toMatchObject({ code: 2, output: expect.stringContaining('SEALING_KEYS') })
    expect(existsSync(at('open'))).toBe(false)
    const opened = await command(opening, { ...keys, SEALING_KEYS: SEALING_KEY }).ended
    expect(opened).toMatchObject({ code: 0 })
    expect(opened.output).not.toContain(access_token)
    const line = read('open')
      .split('\n')
      .find((each) => each.includes(`"${pair.id}"`))
    const grant = held.find((each) => each.access_token === access_token)
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      id: pair.id,
      oauth2: { access_token, refresh_token: grant?.refresh_token },
    })

    const moving = ['import', sealed, '--from', 'perch', '--origin', there.perch]
    const moved = await command(moving, { PERCH_KEY: ADMIN_KEY }).ended
    expect(moved.code, moved.output).toBe(0)
    // Here the token that lives is leased, and nothing is refreshed; there the key works, and the grant goes on.
    expect((await admin.lease(pair.id)).access_token).toBe(access_token)
    expect(await problemOf(await admin.send('POST', '/v1/freeze', { refreshes: 1 }))).toMatchObject(
      { code: 'request_malformed' },
    )
    const forced = await admin.json('POST', `/v1/accounts/${pair.id}/refresh`)
    expect(forced).toMatchObject({ access_token, degraded: { reason: 'refreshes_frozen' } })
    const app = program(there, key)
    expect((await app.lease(pair.id)).access_token).toBe(access_token)
    const refreshed = await app.json<{ access_token: string }>(
      'POST',
      `/v1/accounts/${pair.id}/refresh`,
    )
    expect(refreshed.access_token).not.toBe(access_token)
    expect((await here.emulator.me(refreshed.access_token)).status).toBe(200)
    const url = `${here.x}/2/users/me`
    const { authorization } = await app.json<{ authorization: string }>(
      'POST',
      `/v1/accounts/${signer.id}/sign`,
      { method: 'GET', url },
    )
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200)
    expect(await admin.json('DELETE', '/v1/freeze')).toEqual({ freeze: null })
  })
})

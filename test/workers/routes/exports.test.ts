/** Records that leave by `GET /v1/exports` and come back by `POST /v1/imports`. */
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Account } from '../../../src/account/account'
import type { Registry } from '../../../src/caller/registry'
import { keyringOf } from '../../../src/crypto/keyring'
import { configOf } from '../../../src/env'
import { Secret } from '../../../src/secret'
import { exportedRecord, openedRecord } from '../../../src/store/exported'
import { forgetAccount, getAccount } from '../../../src/store/vault'
import { adoptKey } from '../unconfirmed'
import { ADMIN, api, callsTo, connect, newUser, perch, refreshes, useFreshWorld, x } from '../world'

useFreshWorld()

interface Line {
  kind: 'account' | 'caller' | 'endpoint'
  id: string
  sealed: string
}

async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer())
}

/** All that is exported, page by page. */
async function exported(): Promise<{ text: string; lines: Line[] }> {
  let [text, cursor] = ['', '' as string | null]
  do {
    const query = cursor ? `?cursor=${cursor}` : ''
    const page = await perch(`/v1/exports${query}`, { headers: ADMIN })
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-store')
    cursor = page.headers.get('perch-cursor')
    text += await textOf(page)
  } while (cursor)
  const lines = text.split('\n').filter((line) => line !== '')
  return { text, lines: lines.map((line) => JSON.parse(line)) }
}

async function bring(lines: object[], authorization = ADMIN.authorization) {
  const response = await perch('/v1/imports', {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  })
  const answers = (await textOf(response)).trimEnd().split('\n')
  return answers.map((line) => JSON.parse(line))
}

/** As on another deployment: nothing is known of these. */
async function forget(ids: string[]): Promise<void> {
  for (const id of ids) {
    await runInDurableObject(env.ACCOUNT.getByName(id), (_: Account, state) =>
      state.storage.deleteAll(),
    )
    await env.VAULT.delete(`account/${id}`)
    forgetAccount(id)
  }
  await runInDurableObject(env.REGISTRY.getByName('registry'), (_: Registry, state) =>
    state.storage.deleteAll(),
  )
  await abortAllDurableObjects()
}

it('accounts and callers go out sealed and come back as they were, in doubt, once', async () => {
  const { id } = await connect()
  const { id: other, username } = await newUser()
  const given = (await x('POST', 'tokens', { username })) as never as Record<string, string>
  const oauth1 = {
    oauth_token: given.access_token,
    oauth_token_secret: given.access_token_secret,
  }
  await bring([{ oauth1 }])
  const { key, id: caller } = await api('/v1/callers', {
    method: 'POST',
    body: JSON.stringify({ name: 'the app', scopes: ['tokens'] }),
  })
  const before = await api(`/v1/accounts/${id}`)
  const { access_token } = await api(`/v1/accounts/${id}/token`)
  const { text, lines } = await exported()
  // Nothing of it can be read without the keys: no token, no name, no hash.
  for (const secret of [access_token, given.access_token, username, before.username, 'the app'])
    expect(text).not.toContain(secret)
  expect(lines.map(({ kind }) => kind)).toContain('caller')
  const ours = lines.filter((line) => [id, other, caller].includes(line.id))
  expect(ours).toHaveLength(3)
  await forget([id, other])
  expect(await api(`/v1/accounts/${id}`)).toMatchObject({ http: 404 })

  expect(await bring(ours)).toEqual([
    { line: 1, status: 'imported', id },
    { line: 2, status: 'imported', id: other },
    { line: 3, status: 'imported' },
  ])
  expect((await bring(ours)).map(({ status }) => status)).toEqual(['already', 'already', 'already'])
  expect(await api(`/v1/accounts/${id}`)).toEqual(before)
  const headers = { authorization: `Bearer ${key}` }
  expect(await api(`/v1/accounts/${id}/token`, { headers })).toMatchObject({
    http: 200,
    access_token,
  })
  expect((await api(`/v1/accounts/${other}`)).oauth1).toMatchObject({ unconfirmed: true })
  const stub = env.ACCOUNT.getByName(id)
  expect(
    await runInDurableObject(stub, (_: Account, { storage }) =>
      [...storage.sql.exec<{ json: string }>('SELECT json FROM record')]
        .map(({ json }) => json)
        .join(),
    ),
  ).toContain('"inDoubt"')
  expect(await callsTo('/2/users/me')).toHaveLength(1)
  // A refresh ends the doubt, and what it brings stays over the dump.
  await api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
  expect(await refreshes()).toHaveLength(1)
  const refreshed = await api(`/v1/accounts/${id}`)
  expect((await bring(ours)).map(({ status }) => status)).toEqual(['already', 'already', 'already'])
  expect(await api(`/v1/accounts/${id}`)).toEqual(refreshed)
})

it('endpoints go out sealed and come back with their secrets, to be told what happens here', async () => {
  const { id: caller, key } = await api('/v1/callers', {
    method: 'POST',
    body: JSON.stringify({ name: 'the app', scopes: ['events'] }),
  })
  const headers = { authorization: `Bearer ${key}` }
  const body = JSON.stringify({ url: 'https://receiver.example/secret' })
  const { secret, http: _, ...made } = await api('/v1/endpoints', { method: 'POST', headers, body })
  const { text, lines } = await exported()
  for (const hidden of [secret, 'receiver.example']) expect(text).not.toContain(hidden)
  const ours = lines.filter(({ id }) => [made.id, caller].includes(id))
  expect(ours.map(({ kind }) => kind)).toEqual(['caller', 'endpoint'])
  await forget([])
  expect(await bring(ours.slice(1))).toMatchObject([
    { status: 'failed', problems: [{ code: 'caller_unknown' }] },
  ])
  expect((await bring(ours)).map(({ status }) => status)).toEqual(['imported', 'imported'])
  expect((await bring(ours)).map(({ status }) => status)).toEqual(['already', 'already'])
  expect(await api(`/v1/endpoints/${made.id}`, { headers })).toMatchObject(made)
  const { lines: again } = await exported()
  const keyring = await keyringOf(configOf(env).sealingKeys)
  const [was, is] = await Promise.all(
    [ours[1], again.find(({ id }) => id === made.id)].map((line) =>
      openedRecord(keyring, 'endpoint', line!),
    ),
  )
  expect(is?.secrets).toEqual(was?.secrets)
  await api(`/v1/endpoints/${made.id}`, { method: 'PATCH', body: '{"url":"https://b.example"}' })
  expect(await bring(ours.slice(1))).toMatchObject([
    { status: 'failed', problems: [{ code: 'import_superseded' }] },
  ])
  await api(`/v1/endpoints/${made.id}`, { method: 'DELETE' })
})

it('what is altered, moved to another id, or of other keys changes nothing', async () => {
  const { id } = await connect()
  const { lines } = await exported()
  const line = lines.find((each) => each.id === id)!
  const account = (await getAccount(env.VAULT, id, Date.now() / 1000))!
  const stranger = await keyringOf([new Secret(btoa('x'.repeat(32)))])
  await forget([id])
  const sealed = `${line.sealed.slice(0, -4)}AAAA`
  const answers = await bring([
    { ...line, sealed },
    { ...line, id: '999' },
    { ...line, kind: 'caller' },
    await exportedRecord(stranger, 'account', account),
    { kind: 'account', id, problem: { code: 'storage_newer' } },
    { ...line, sealed: 'plain' },
  ])
  expect(answers.map(({ problems }) => problems[0].code)).toEqual([
    ...Array.from({ length: 4 }, () => 'sealed_unreadable'),
    'request_malformed',
    'request_malformed',
  ])
  expect(await api(`/v1/accounts/${id}`)).toMatchObject({ http: 404 })
})

it('what was deleted here since, or logged in since, stays so', async () => {
  const { id } = await connect()
  const { lines } = await exported()
  const line = lines.filter((each) => each.id === id)
  await api(`/v1/accounts/${id}`, { method: 'DELETE' })
  expect(await bring(line)).toMatchObject([
    { status: 'failed', problems: [{ code: 'account_disconnected' }] },
  ])
  expect(await api(`/v1/accounts/${id}`)).toMatchObject({ http: 404 })
})

it('is for the admin key alone', async () => {
  const { key } = await api('/v1/callers', {
    method: 'POST',
    body: JSON.stringify({ name: 'all', scopes: ['accounts:write', 'accounts:read', 'status'] }),
  })
  const authorization = `Bearer ${key}`
  expect(await api('/v1/exports', { headers: { authorization } })).toMatchObject({ http: 403 })
  const { id } = await connect()
  const { lines } = await exported()
  const ours = lines.filter((line) => line.id === id)
  expect(await bring(ours, authorization)).toMatchObject([
    { status: 'failed', problems: [{ code: 'scope_missing' }] },
  ])
  expect(await api('/v1/exports?cursor=abc')).toMatchObject({ http: 400 })
})

it('has pages, and leaves nobody out', async () => {
  const all = Array.from({ length: 103 }, (_, n) => String(5_000_000 + n))
  await Promise.all(all.map((id) => adoptKey(id, `${id}-token`, 'secret')))
  const { lines } = await exported()
  const ids = lines.filter(({ kind }) => kind === 'account').map(({ id }) => id)
  expect(ids.toSorted()).toEqual(all)
})

/** Every route of the API looks at the key before it looks at anything else that was sent. */
import { describe, expect, it } from 'vitest'
import { newKey } from '../../../src/caller/key'
import { app } from '../../../src/routes/app'
import { ADMIN, api, perch } from '../world'

/** Each route, and it again with something wrong in every place that it reads. */
const ROUTES: Record<string, string> = {
  'GET /v1/status': '/v1/status?x=1',
  'POST /v1/restore': '/v1/restore?x=1',
  'GET /v1/accounts': '/v1/accounts?limit=none',
  'GET /v1/accounts/:id': '/v1/accounts/alice?x=1',
  'DELETE /v1/accounts/:id': '/v1/accounts/alice?force=perhaps',
  'GET /v1/accounts/:id/token': '/v1/accounts/alice/token?min_ttl=soon&rejected=none',
  'POST /v1/accounts/:id/refresh': '/v1/accounts/alice/refresh?x=1',
  'POST /v1/accounts/:id/publish': '/v1/accounts/alice/publish?x=1',
  'POST /v1/accounts/:id/exchange': '/v1/accounts/alice/exchange?x=1',
  'POST /v1/accounts/:id/restore': '/v1/accounts/alice/restore?x=1',
  'POST /v1/accounts/:id/sign': '/v1/accounts/alice/sign?x=1',
  'GET /v1/accounts/:id/subscriptions': '/v1/accounts/alice/subscriptions?x=1',
  'POST /v1/accounts/:id/subscriptions': '/v1/accounts/alice/subscriptions?x=1',
  'DELETE /v1/accounts/:id/subscriptions/:subscription': '/v1/accounts/alice/subscriptions/!?x=1',
  'PUT /v1/accounts/:id/grants/:kind': '/v1/accounts/alice/grants/none?confirm=perhaps',
  'DELETE /v1/accounts/:id/grants/:kind': '/v1/accounts/alice/grants/none?force=perhaps',
  'GET /v1/app/token': '/v1/app/token?x=1',
  'DELETE /v1/app/token': '/v1/app/token?force=perhaps',
  'POST /v1/app/sign': '/v1/app/sign?x=1',
  'GET /v1/callers': '/v1/callers?x=1',
  'POST /v1/callers': '/v1/callers?x=1',
  'GET /v1/callers/:id': '/v1/callers/none?x=1',
  'PATCH /v1/callers/:id': '/v1/callers/none?x=1',
  'DELETE /v1/callers/:id': '/v1/callers/none?x=1',
  'POST /v1/callers/:id/rotate': '/v1/callers/none/rotate?x=1',
  'GET /v1/endpoints': '/v1/endpoints?x=1',
  'POST /v1/endpoints': '/v1/endpoints?x=1',
  'GET /v1/endpoints/:id': '/v1/endpoints/none?x=1',
  'PATCH /v1/endpoints/:id': '/v1/endpoints/none?x=1',
  'DELETE /v1/endpoints/:id': '/v1/endpoints/none?x=1',
  'POST /v1/endpoints/:id/rotate': '/v1/endpoints/none/rotate?x=1',
  'POST /v1/endpoints/:id/test': '/v1/endpoints/none/test?x=1',
  'POST /v1/endpoints/:id/replay': '/v1/endpoints/none/replay?x=1',
  'GET /v1/endpoints/:id/deliveries': '/v1/endpoints/none/deliveries?x=1',
  'GET /v1/events': '/v1/events?x=1',
  'POST /v1/imports': '/v1/imports?x=1',
  'GET /v1/exports': '/v1/exports?x=1',
  'POST /v1/freeze': '/v1/freeze?x=1',
  'DELETE /v1/freeze': '/v1/freeze?x=1',
  'POST /v1/logins': '/v1/logins?x=1',
  'POST /v1/logins/:id/complete': '/v1/logins/none/complete?x=1',
  'GET /v1/logins/:id': '/v1/logins/none?x=1',
  'GET /v1/x/webhook': '/v1/x/webhook?x=1',
  'PUT /v1/x/webhook': '/v1/x/webhook?x=1',
  'DELETE /v1/x/webhook': '/v1/x/webhook?x=1',
  'POST /v1/x/webhook/replay': '/v1/x/webhook/replay?x=1',
}

/** Well-formed, and no caller's: only storage knows that it is not valid. */
const NOBODYS = `Bearer ${(await newKey()).text.reveal()}`

it('this table has every route of the API', () => {
  const all = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
    .map(({ method, path }) => `${method} ${path}`)
  expect([...new Set(all)].sort()).toEqual(Object.keys(ROUTES).sort())
})

describe.each(Object.entries(ROUTES))('%s', (route, path) => {
  const [method = ''] = route.split(' ')
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: '{"no":"JSON' } : {}

  it.each([
    ['no key', undefined, 'key_missing'],
    ['a mistyped key', 'Bearer perch_typo', 'key_invalid'],
    ['a key of nobody', NOBODYS, 'key_invalid'],
  ])('with %s says that, whatever else is wrong', async (_, key, code) => {
    const headers: HeadersInit = key ? { authorization: key } : {}
    const response = await perch(path, { method, headers, ...body })
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([401, code])
  })

  it('without the scope says that, whatever else is wrong', async () => {
    const scope = route.includes('/logins') ? 'sign' : 'logins'
    const headers = { authorization: `Bearer ${await keyWith(scope)}` }
    const response = await perch(path, { method, headers, ...body })
    const { code } = await response.json<{ code: string }>()
    expect([response.status, code]).toEqual([403, 'scope_missing'])
  })

  it('with a good key says what is wrong', async () => {
    const response = await perch(path, { method, headers: ADMIN, ...body })
    expect([400, 404]).toContain(response.status)
    await response.body?.cancel()
  })
})

async function keyWith(scope: string): Promise<string> {
  const body = JSON.stringify({ name: 'limited', scopes: [scope] })
  return (await api('/v1/callers', { method: 'POST', body })).key
}

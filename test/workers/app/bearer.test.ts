/** The app-only bearer when KV does not let go of its copy. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { api, forgetApp, resetX } from '../world'

const PATH = '/v1/app/token'

beforeEach(async () => {
  await resetX()
  await forgetApp()
})
afterEach(() => vi.restoreAllMocks())

it('an ended bearer whose copy KV keeps is not called ended; asked once more, the copy goes', async () => {
  expect(await api(PATH)).toMatchObject({ http: 200 })
  vi.spyOn(env.VAULT, 'delete').mockRejectedValueOnce(new Error('KV is down'))
  expect(await api(PATH, { method: 'DELETE' })).toMatchObject({
    http: 503,
    code: 'storage_unavailable',
    detail: expect.stringContaining('once more'),
  })
  expect(await api(PATH, { method: 'DELETE' })).toMatchObject({ http: 404, code: 'bearer_unknown' })
  expect(await env.VAULT.get('app/bearer')).toBeNull()
  expect(await api(PATH)).toMatchObject({ http: 200 })
})

/** Registration where X's list says something else than X does. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, inject, it, vi } from 'vitest'
import { appBearer } from '../../../src/app/bearer'
import { unixSeconds } from '../../../src/clock'
import { forgetBearer } from '../../../src/store/bearer'
import { look, register, unregister } from '../../../src/webhook/registration'
import { callsTo, useFreshWorld, x } from '../world'

useFreshWorld()

/** An origin that answers X's check at every path. */
const HOOK = inject('hook')

beforeEach(async () => {
  await env.VAULT.delete('app/bearer')
  forgetBearer()
  await appBearer(env, unixSeconds())
})

// Two deployments of one origin, or a list that lags: the second one was told that it could not be.
it('takes the webhook that X says is there already, though its list had none', async () => {
  const { id } = await register(env, HOOK, unixSeconds())
  vi.spyOn(globalThis, 'fetch').mockResolvedValueOnce(Response.json({ meta: { result_count: 0 } }))
  expect(await register(env, HOOK, unixSeconds())).toMatchObject({ id, valid: true })
  const calls = await callsTo('/2/webhooks')
  // The second registration: refused, looked up, and checked anew.
  expect(calls.map(({ outcome }) => outcome).filter((each) => each === 'refused')).toHaveLength(1)
})

it('knows a webhook of a former address by its id, and ends that', async () => {
  const before = await register(env, HOOK, unixSeconds())
  expect(await look(env, 'https://elsewhere.example.com', unixSeconds())).toMatchObject({
    id: before.id,
  })
  expect(await unregister(env, 'https://elsewhere.example.com', unixSeconds())).toMatchObject({
    id: before.id,
  })
  await expect(look(env, HOOK, unixSeconds())).rejects.toMatchObject({
    data: { code: 'webhook_missing' },
  })
})

it('leaves webhooks of others alone', async () => {
  await x('PUT', 'app', { webhook_limit: 2 })
  await register(env, HOOK, unixSeconds())
  await env.APP.getByName('app').webhookHeard(null)
  const elsewhere = 'https://elsewhere.example.com'
  await expect(look(env, elsewhere, unixSeconds())).rejects.toMatchObject({
    data: { code: 'webhook_missing' },
  })
  await expect(unregister(env, elsewhere, unixSeconds())).rejects.toMatchObject({
    data: { code: 'webhook_missing' },
  })
  expect(await look(env, HOOK, unixSeconds())).toMatchObject({ valid: true })
})

// It was forgotten, so that no look came any more, and nobody was told when X went silent.
it('a webhook that X does not list for once is remembered', async () => {
  const { id } = await register(env, HOOK, unixSeconds())
  vi.spyOn(globalThis, 'fetch').mockResolvedValueOnce(Response.json({ meta: { result_count: 0 } }))
  await expect(look(env, HOOK, unixSeconds())).rejects.toMatchObject({
    data: { code: 'webhook_missing' },
  })
  const { webhook } = await env.APP.getByName('app').status()
  expect(webhook).toMatchObject({ id, valid: false })
  expect(await look(env, HOOK, unixSeconds())).toMatchObject({ id, valid: true })
})

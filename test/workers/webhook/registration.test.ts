/** Registration where X's list says something else than X does. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, inject, it, vi } from 'vitest'
import { appBearer } from '../../../src/app/bearer'
import { unixSeconds } from '../../../src/clock'
import { configOf } from '../../../src/env'
import { forgetBearer } from '../../../src/store/bearer'
import { look, register, unregister } from '../../../src/webhook/registration'
import { keptAtX } from '../../../src/x/subscriptions'
import { callsTo, logged, useFreshWorld, x } from '../world'

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

const SUBSCRIPTIONS = '/2/activity/subscriptions'
const fault = (path: string, status: number, body: object) =>
  x('POST', 'faults', { path, fault: `reply:${JSON.stringify({ status, body })}` })
const kept = { subscription_id: '77', event_type: 'oauth.revoke', filter: {} }

// X refuses a second one: revocations went on to a webhook that had ended, and nobody heard of them.
it.each([
  ['to a webhook that has ended is taken over', { webhook_id: '1' }, 'subscribed', 1],
  ['to its stream is left alone', {}, 'refused', 0],
])('the word of revocations that X has %s', async (_, at, outcome, moves) => {
  const { id } = await register(env, HOOK, unixSeconds())
  await fault(SUBSCRIPTIONS, 409, { title: 'Conflict', detail: 'DuplicateSubscription' })
  await fault(SUBSCRIPTIONS, 200, { data: [{ ...kept, ...at }] })
  await fault(`${SUBSCRIPTIONS}/77`, 200, { data: { ...kept, webhook_id: id } })
  const lines = logged('x_revocations')
  expect(await register(env, HOOK, unixSeconds())).toMatchObject({ id, valid: true })
  expect(lines()).toMatchObject([{ outcome }])
  expect(await callsTo(`${SUBSCRIPTIONS}/77`)).toHaveLength(moves)
})

it('nothing is taken over while X’s list of webhooks lacks ours, and may lack others', async () => {
  const { id: webhookId } = await register(env, HOOK, unixSeconds())
  const wanted = { eventType: 'oauth.revoke', userId: undefined, webhookId }
  const no = { kind: 'no', status: 409, reason: undefined, failure: { code: 'x_refused' } } as const
  await fault(SUBSCRIPTIONS, 200, { data: [{ ...kept, webhook_id: '1' }] })
  await fault('/2/webhooks', 200, { meta: { result_count: 0 } })
  const bearer = await appBearer(env, unixSeconds())
  await expect(keptAtX(configOf(env), bearer, wanted, no, unixSeconds())).rejects.toMatchObject({
    data: { code: 'subscription_refused' },
  })
})

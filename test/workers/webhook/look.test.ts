/** The hourly look at our webhook: X stops its deliveries without a word, and goes on delivering what nobody wants any more. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { appBearer } from '../../../src/app/bearer'
import { unixSeconds } from '../../../src/clock'
import { configOf } from '../../../src/env'
import { forgetBearer } from '../../../src/store/bearer'
import { demandDone } from '../../../src/x/managed'
import { listSubscriptions, subscribe } from '../../../src/x/subscriptions'
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  validateWebhook,
} from '../../../src/x/webhooks'
import { api, callsTo, connect, later, logged, sweepThrough, useFreshWorld, x } from '../world'

useFreshWorld()

const HOOK = inject('hook')
const config = configOf(env)
const bearer = () => appBearer(env, unixSeconds())
const app = () => env.APP.getByName('app')
const manners = (how: 'right' | 'wrong') => fetch(`${url}?${how}`, { method: 'POST' })

let id = ''
let url = ''
let serial = 0
beforeEach(async () => {
  await env.VAULT.delete('app/bearer')
  forgetBearer()
  serial += 1
  url = `${HOOK}/hook${serial}`
  const made = demandDone(await createWebhook(config, await bearer(), url, unixSeconds()))
  id = made.id
  await app().webhookHeard(made)
})

/** Events about the webhook, whose address is this test's own: the log outlives a test. */
const told = async (): Promise<string[]> =>
  (await api('/v1/events?limit=1000&type=app.*')).events
    .filter(({ data }: { data: { webhook?: { url: string } } }) => data.webhook?.url === url)
    .map(({ type }: { type: string }) => type)

async function hourly(): Promise<void> {
  later(3601)
  await sweepThrough()
  vi.restoreAllMocks()
}

/** X finds it invalid, as after a check of its own. */
async function invalid(): Promise<void> {
  await manners('wrong')
  await validateWebhook(config, await bearer(), id, unixSeconds())
}

describe('of a webhook', () => {
  it('that is valid nothing is told, and X is asked once an hour', async () => {
    await sweepThrough()
    expect((await callsTo('/2/webhooks')).length).toBe(1)
    await hourly()
    const asked = (await callsTo('/2/webhooks')).length
    expect(asked).toBe(2)
    later(300)
    await sweepThrough()
    expect((await callsTo('/2/webhooks')).length).toBe(asked)
    expect(await told()).toEqual([])
  })

  it('that X found invalid is checked anew, and if that helps nothing is told', async () => {
    await invalid()
    await manners('right')
    const lines = logged('x_webhook')
    later(3601)
    await sweepThrough()
    expect(lines()).toMatchObject([{ outcome: 'looked', valid: true }])
    const [webhook] = demandDone(await listWebhooks(config, await bearer(), unixSeconds()))
    expect(webhook).toMatchObject({ id, valid: true })
    expect(await told()).toEqual([])
  })

  it('that stays invalid is told once, and again when it is well', async () => {
    await invalid()
    await hourly()
    expect(await told()).toEqual(['app.webhook_invalid'])
    await hourly()
    expect(await told()).toEqual(['app.webhook_invalid'])
    await manners('right')
    await hourly()
    expect(await told()).toEqual(['app.webhook_invalid', 'app.webhook_valid'])
  })

  // X's no to the check itself kept everybody from hearing of it.
  it('that stays invalid is told where X refuses to check it, too', async () => {
    await invalid()
    const body = { errors: [{ message: 'CrcValidationFailed: Invalid `response_token`' }] }
    const fault = `reply:${JSON.stringify({ status: 400, body })}`
    await x('POST', 'faults', { path: `/2/webhooks/${id}`, fault })
    await hourly()
    expect(await told()).toEqual(['app.webhook_invalid'])
  })

  it('that is gone is told of as well', async () => {
    await deleteWebhook(config, await bearer(), id, unixSeconds())
    await hourly()
    expect(await told()).toEqual(['app.webhook_invalid'])
  })

  it('nothing is told while X does not say', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'))
    const lines = logged('x_webhook_not_seen')
    later(3601)
    await sweepThrough()
    expect(lines()).not.toEqual([])
    vi.restoreAllMocks()
    expect(await told()).toEqual([])
  })
})

it('subscriptions to it of whoever is not connected here end, and no others', async () => {
  const alice = await connect()
  await x('PUT', 'app', { webhook_limit: 2 })
  const elsewhere = demandDone(
    await createWebhook(config, await bearer(), `${url}/b`, unixSeconds()),
  )
  const subscribeTo = async (eventType: string, userId: string, webhookId = id) =>
    demandDone(
      await subscribe(config, await bearer(), { eventType, userId, webhookId }, unixSeconds()),
    )
  for (const userId of [alice.id, '424242'])
    for (const eventType of ['post.create', 'post.delete']) await subscribeTo(eventType, userId)
  // Of another deployment, whose accounts are its own.
  await subscribeTo('profile.update.bio', '424242', elsewhere.id)
  await hourly()
  const left = demandDone(await listSubscriptions(config, await bearer(), unixSeconds()))
  expect(left.map(({ eventType, userId }) => [eventType, userId])).toEqual([
    ['post.create', alice.id],
    ['post.delete', alice.id],
    ['profile.update.bio', '424242'],
  ])
})

/**
 * The hourly look at our webhook. X stops all deliveries to one that it finds invalid, and nobody is told: so it is looked at,
 * checked anew once, and what the object `App` remembers of it makes an event where it changes. Subscriptions of accounts that have left end here, since each event costs.
 */
import { accountAt } from '../account/stub'
import { appBearer } from '../app/bearer'
import type { HeldWebhook } from '../app/record'
import { heldWebhook, rememberWebhook } from '../app/webhook-stub'
import { secondsOf } from '../clock'
import { configOf } from '../env'
import { LOOK_ACCOUNTS } from '../limits'
import { errorOf, log } from '../log'
import type { Secret } from '../secret'
import { listSubscriptions, unsubscribe, type XSubscription } from '../x/subscriptions'
import { listWebhooks } from '../x/webhooks'
import { validated } from './registration'

/** Looks at the webhook that is remembered. Never rejects: the next look comes in an hour. @param nowMs - Unix milliseconds. */
export async function lookAtWebhook(env: Env, before: HeldWebhook, nowMs: number): Promise<void> {
  const now = secondsOf(nowMs)
  try {
    const bearer = await appBearer(env, now)
    await lookAtIt(env, bearer, before, now)
    await endOrphans(env, bearer, before.id, now)
  } catch (error) {
    log('x_webhook_not_seen', errorOf(error))
  }
}

async function lookAtIt(env: Env, bearer: Secret, before: HeldWebhook, now: number): Promise<void> {
  const all = await listWebhooks(configOf(env), bearer, now)
  if (all.kind === 'no') return log('x_webhook_not_seen', { error: all.failure.code })
  const found = all.value.find(({ id }) => id === before.id)
  const isToBeChecked = found !== undefined && !found.valid
  const seen = isToBeChecked ? await validated(env, bearer, found, now) : found
  const { id, url } = before
  const webhook = { id, url, valid: seen?.valid ?? false }
  if (isToBeChecked || webhook.valid !== before.valid)
    log('x_webhook', { outcome: found ? 'looked' : 'gone', valid: webhook.valid })
  await rememberWebhook(env, webhook)
}

/** Ends the subscriptions to our webhook of accounts that are not connected here, some each hour. */
async function endOrphans(env: Env, bearer: Secret, webhookId: string, now: number): Promise<void> {
  const config = configOf(env)
  const all = await listSubscriptions(config, bearer, now)
  if (all.kind === 'no') return log('x_webhook_not_seen', { error: all.failure.code })
  const ours = all.value.filter((each) => each.webhookId === webhookId)
  const users = [...new Set(ours.flatMap(({ userId }) => (userId === undefined ? [] : [userId])))]
  for (const user of someOf(users, now)) {
    const isHere = (await accountAt(env, user).read()) !== undefined
    if (!isHere) await endSubscriptions(env, bearer, ofUser(ours, user), now)
  }
}

/** Others each hour, where there are many: in the end each one is looked at. */
function someOf(users: string[], now: number): string[] {
  const parts = Math.max(Math.ceil(users.length / LOOK_ACCOUNTS), 1)
  const part = Math.floor(now / 3600) % parts
  return users.toSorted().filter((_, at) => at % parts === part)
}

const ofUser = (all: readonly XSubscription[], user: string): XSubscription[] =>
  all.filter(({ userId }) => userId === user)

async function endSubscriptions(
  env: Env,
  bearer: Secret,
  subscriptions: readonly XSubscription[],
  now: number,
): Promise<void> {
  for (const { id, userId } of subscriptions) {
    const { kind } = await unsubscribe(configOf(env), bearer, id, now)
    log('x_subscription_ended', { account: userId, ended: kind === 'done' })
  }
}

/**
 * Ends the subscriptions of an account that has left, behind the answer to the DELETE of it or of its last grant; one that is
 * still here keeps them. Never rejects: the hourly look finds what is left. `now` is Unix seconds.
 */
export async function endSubscriptionsOf(env: Env, account: string, now: number): Promise<void> {
  try {
    const held = await heldWebhook(env)
    if (!held || (await accountAt(env, account).read())) return
    const bearer = await appBearer(env, now)
    const all = await listSubscriptions(configOf(env), bearer, now)
    const ours = all.kind === 'done' ? ofUser(all.value, account) : []
    const here = ours.filter(({ webhookId }) => webhookId === held.id)
    await endSubscriptions(env, bearer, here, now)
  } catch (error) {
    log('x_webhook_not_seen', errorOf(error))
  }
}

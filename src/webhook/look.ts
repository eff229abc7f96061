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
import { Failure } from '../failure'
import { LOOK_ACCOUNTS } from '../limits'
import { errorOf, log } from '../log'
import type { Secret } from '../secret'
import { demandDone } from '../x/managed'
import { listSubscriptions, unsubscribe } from '../x/subscriptions'
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
    notSeen(error)
  }
}

async function lookAtIt(env: Env, bearer: Secret, before: HeldWebhook, now: number): Promise<void> {
  const all = demandDone(await listWebhooks(configOf(env), bearer, now))
  const found = all.find(({ id }) => id === before.id)
  const isToBeChecked = found !== undefined && !found.valid
  // Where X refuses to check it anew, it is as invalid as X has just said.
  const seen = isToBeChecked ? await validated(env, bearer, found, now).catch(() => found) : found
  const { id, url } = before
  const webhook = { id, url, valid: seen?.valid ?? false }
  if (isToBeChecked || webhook.valid !== before.valid)
    log('x_webhook', { outcome: found ? 'looked' : 'gone', valid: webhook.valid })
  await rememberWebhook(env, webhook)
}

/**
 * Ends the subscriptions to our webhook of accounts that are not connected here.
 *
 * @param only - of this one alone, else some each hour
 */
async function endOrphans(
  env: Env,
  bearer: Secret,
  webhookId: string,
  now: number,
  only?: string,
): Promise<void> {
  const config = configOf(env)
  const all = demandDone(await listSubscriptions(config, bearer, now))
  const ours = all.filter((each) => each.webhookId === webhookId)
  const users = [...new Set(ours.flatMap(({ userId }) => (userId === undefined ? [] : [userId])))]
  for (const user of only === undefined ? someOf(users, now) : [only]) {
    if (await accountAt(env, user).read()) continue
    for (const { id, userId } of ours) {
      if (userId !== user) continue
      const { kind } = await unsubscribe(config, bearer, id, now)
      log('x_subscription_ended', { account: user, ended: kind === 'done' })
    }
  }
}

/** Others each hour, where there are many: in the end each one is looked at. */
function someOf(users: string[], now: number): string[] {
  const parts = Math.max(Math.ceil(users.length / LOOK_ACCOUNTS), 1)
  const part = Math.floor(now / 3600) % parts
  return users.toSorted().filter((_, at) => at % parts === part)
}

/**
 * Ends the subscriptions of an account that has left, behind the answer to the DELETE of it or of its last grant; one that is
 * still here keeps them. Never rejects: the hourly look finds what is left. `now` is Unix seconds.
 */
export async function endSubscriptionsOf(env: Env, account: string, now: number): Promise<void> {
  try {
    const held = await heldWebhook(env)
    if (held) await endOrphans(env, await appBearer(env, now), held.id, now, account)
  } catch (error) {
    notSeen(error)
  }
}

const notSeen = (error: unknown): void =>
  log('x_webhook_not_seen', error instanceof Failure ? { error: error.data.code } : errorOf(error))

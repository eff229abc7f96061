/** What a caller hears of an account from X: subscriptions of X's Activity API to the webhook of this deployment. */
import { openTokens } from '../account/grant'
import { accountAt } from '../account/stub'
import { appBearer } from '../app/bearer'
import { heldWebhook } from '../app/webhook-stub'
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { Failure } from '../failure'
import { LEASE_MIN_TTL_SECONDS } from '../limits'
import { ACTIVITY_TYPES, type ActivityType } from '../x/activity'
import { demandDone, type NotDone } from '../x/managed'
import {
  isDuplicate,
  keptAtX,
  listSubscriptions,
  type ShownToX,
  subscribe,
  unsubscribe,
  type XSubscription,
} from '../x/subscriptions'
import { lease } from './lease'
import { copyOf } from './lookup'

/** A subscription that was asked for. */
export interface Subscribed {
  subscription: XSubscription
  /** Whether it was there before. */
  isKnown: boolean
}

/** A type of event at X, as far as it is known here; undefined: X may have it all the same. */
export const activityType = (eventType: string): ActivityType | undefined =>
  Object.hasOwn(ACTIVITY_TYPES, eventType) ? ACTIVITY_TYPES[eventType] : undefined

/**
 * Subscribes to a type of event of an account: with the app's own token where it is public, else with the account's.
 *
 * @param now - Unix seconds
 * @throws Failure `account_unknown`, `webhook_missing`, `subscription_refused`, and what a lease and X fail with.
 */
export async function subscribeFor(
  env: Env,
  id: string,
  { eventType, tag }: { eventType: string; tag?: string | undefined },
  now: number,
): Promise<Subscribed> {
  const account = await accountAt(env, id).read()
  if (!account) throw new Failure('account_unknown')
  const webhookId = await webhookIdOf(env)
  const wanted = { eventType, userId: id, webhookId, tag }
  let no: NotDone | undefined
  let trouble: Failure | undefined
  for (const credential of CREDENTIALS[activityType(eventType)?.by ?? 'either']) {
    const shown = await CREDENTIAL[credential](env, id, now).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
      // An account that has no such token, or cannot be given it now, may have another.
      trouble ??= error
    })
    if (!shown) continue
    const made = await subscribe(configOf(env), shown, wanted, now)
    if (made.kind === 'done') return { subscription: made.value, isKnown: false }
    no = made
    if (isDuplicate(made))
      return {
        subscription: await keptAtX(configOf(env), await appBearer(env, now), wanted, made, now),
        isKnown: true,
      }
    // Which kind of token X takes differs from page to page: the next one is tried where this one was refused.
    if (made.status !== 401 && made.status !== 403) break
  }
  throw (!no && trouble) || refusal(no, eventType)
}

/** The account's subscriptions to our webhook, as X has them. @throws Failure `webhook_missing`, and what X fails with. */
export async function subscriptionsOf(env: Env, id: string, now: number): Promise<XSubscription[]> {
  const webhookId = await webhookIdOf(env)
  const all = demandDone(await listSubscriptions(configOf(env), await appBearer(env, now), now))
  return all.filter((each) => each.userId === id && each.webhookId === webhookId)
}

/** Ends a subscription of this account. @throws Failure `subscription_unknown`, where it is another's or none. */
export async function unsubscribeFor(
  env: Env,
  id: string,
  subscription: string,
  now: number,
): Promise<void> {
  const all = await subscriptionsOf(env, id, now)
  if (!all.some((each) => each.id === subscription)) throw new Failure('subscription_unknown')
  demandDone(await unsubscribe(configOf(env), await appBearer(env, now), subscription, now))
}

type Credential = 'app' | 'pair' | 'signature'

/** What is shown to X, in this order. */
const CREDENTIALS: Readonly<Record<ActivityType['by'], readonly Credential[]>> = {
  app: ['app'],
  user: ['pair', 'signature'],
  either: ['app', 'pair', 'signature'],
}

/** Undefined: the account has none of that kind. */
const CREDENTIAL: Readonly<
  Record<Credential, (env: Env, id: string, now: number) => Promise<ShownToX | undefined>>
> = {
  app: (env, _, now) => appBearer(env, now),
  pair: async (env, id, now) => {
    const request = { because: 'lease', minTtl: LEASE_MIN_TTL_SECONDS } as const
    return (await lease(env, id, request, now, await copyOf(env, id, now))).accessToken
  },
  signature: async (env, id) => {
    const config = configOf(env)
    const grant = (await accountAt(env, id).confirm('oauth1'))?.oauth1
    if (!grant || grant.ended || grant.apiKey !== config.apiKey) return undefined
    const token = await openTokens(await keyringOf(config.sealingKeys), id, 'oauth1', grant)
    return { app: config, token }
  },
}

/** Why no credential of the account was taken. */
function refusal(no: NotDone | undefined, eventType: string): Failure {
  const { scope } = activityType(eventType) ?? {}
  const needs =
    scope === undefined ? '' : ` It needs the account's own token, with the scope ${scope}.`
  if (!no) return new Failure('subscription_refused', `The account has no token for it.${needs}`)
  const { code, detail = '' } = no.failure
  if (code !== 'x_refused') return Failure.from(no.failure)
  return new Failure('subscription_refused', detail + needs)
}

async function webhookIdOf(env: Env): Promise<string> {
  const held = await heldWebhook(env)
  if (!held) throw new Failure('webhook_missing')
  return held.id
}

/**
 * How our address gets onto X's list of webhooks. An app has two secrets, and which one X keys its check with is known from
 * one sentence of X's alone; so there is an address for each, and where X does not take the first, the second is tried.
 */
import { appBearer } from '../app/bearer'
import type { HeldWebhook } from '../app/record'
import { heldWebhook, rememberWebhook } from '../app/webhook-stub'
import { configOf } from '../env'
import { Failure } from '../failure'
import { VALIDATION_LOOK_GAP_MS, VALIDATION_LOOKS } from '../limits'
import { log } from '../log'
import type { Secret } from '../secret'
import { demandDone, type NotDone } from '../x/managed'
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  replayDeliveries,
  validateWebhook,
  type XWebhook,
} from '../x/webhooks'
import { askForRevocations } from './revocations'
import type { SecretName } from './signature'

/** The path of each secret's address. */
export const WEBHOOK_PATHS: Readonly<Record<SecretName, string>> = {
  client: '/x/webhook',
  consumer: '/x/webhook/consumer',
}

/**
 * Registers our address at X, or has X check it anew where it is there.
 *
 * @param origin - our own
 * @param now - Unix seconds
 * @throws Failure `webhook_check_failed`, `webhook_url_refused`, `webhook_limit`, `webhook_secret_missing`, and what
 *   {@link appBearer} and the object `App` fail with.
 */
export async function register(env: Env, origin: string, now: number): Promise<HeldWebhook> {
  const config = configOf(env)
  const bearer = await appBearer(env, now)
  const known = await ourWebhook(env, bearer, origin, now)
  const webhook = known
    ? await validated(env, bearer, known, now)
    : await created(env, bearer, origin, now)
  const held = await rememberWebhook(env, webhook)
  log('x_webhook', { outcome: known ? 'validated' : 'registered', valid: webhook.valid })
  // Each time: it may have failed, and X says where it has it.
  await askForRevocations(config, bearer, webhook.id, now)
  if (!webhook.valid) throw new Failure('webhook_check_failed', STILL_INVALID)
  return held!
}

const STILL_INVALID =
  'X has the address, and does not find it valid. Where X checks with the other secret: DELETE /v1/x/webhook, then PUT again, which tries both.'

/** Our webhook as X has it now, remembered. @throws Failure `webhook_missing` */
export async function look(env: Env, origin: string, now: number): Promise<HeldWebhook> {
  const webhook = await ourWebhook(env, await appBearer(env, now), origin, now)
  // One that X does not list is not forgotten: only a DELETE is meant to end the hourly look.
  const before = webhook ?? (await heldWebhook(env))
  const held = before && (await rememberWebhook(env, webhook ?? { ...before, valid: false }))
  if (!webhook || !held) throw new Failure('webhook_missing')
  return held
}

/** Ends our webhook at X. @throws Failure `webhook_missing` */
export async function unregister(env: Env, origin: string, now: number): Promise<HeldWebhook> {
  const bearer = await appBearer(env, now)
  const webhook = await ourWebhook(env, bearer, origin, now)
  const held = await rememberWebhook(env, webhook ?? null)
  if (!webhook || !held) throw new Failure('webhook_missing')
  demandDone(await deleteWebhook(configOf(env), bearer, webhook.id, now))
  await rememberWebhook(env, null)
  log('x_webhook', { outcome: 'ended', valid: false })
  return held
}

/** Has X deliver again. @returns the job's id @throws Failure `webhook_missing`, `replay_running` */
export async function replayAtX(
  env: Env,
  span: { from: number; to: number },
  now: number,
): Promise<string> {
  const held = await heldWebhook(env)
  if (!held) throw new Failure('webhook_missing')
  return demandDone(
    await replayDeliveries(configOf(env), await appBearer(env, now), held.id, span, now),
  )
}

/** Ours on X's list: at one of our addresses, else the one that is remembered, of a former address. */
async function ourWebhook(
  env: Env,
  bearer: Secret,
  origin: string,
  now: number,
): Promise<XWebhook | undefined> {
  const all = demandDone(await listWebhooks(configOf(env), bearer, now))
  const urls = Object.values(WEBHOOK_PATHS).map((path) => origin + path)
  const ours = all.filter(({ url }) => urls.includes(url))
  const held = ours.length > 0 ? null : await heldWebhook(env)
  return ours.find(({ valid }) => valid) ?? ours[0] ?? all.find(({ id }) => id === held?.id)
}

async function created(env: Env, bearer: Secret, origin: string, now: number): Promise<XWebhook> {
  const config = configOf(env)
  const urls = [
    ...(config.clientSecret.length > 0 ? [origin + WEBHOOK_PATHS.client] : []),
    ...(config.apiSecret.length > 0 ? [origin + WEBHOOK_PATHS.consumer] : []),
  ]
  let no: NotDone | undefined
  for (const url of urls) {
    const made = await createWebhook(config, bearer, url, now)
    if (made.kind === 'done') return made.value
    no = made
    // Somebody else was faster, or X's list lags.
    if (made.reason === 'DuplicateUrlFailed') {
      const known = await ourWebhook(env, bearer, origin, now)
      if (known) return validated(env, bearer, known, now)
    }
    if (made.reason !== 'CrcValidationFailed') break
  }
  if (!no)
    throw new Failure('webhook_secret_missing', 'Neither X_CLIENT_SECRET nor X_API_SECRET is set.')
  throw Failure.from(no.failure)
}

/** Has X check a webhook anew, and looks how that went: X's yes means that it has begun. */
export async function validated(
  env: Env,
  bearer: Secret,
  webhook: XWebhook,
  now: number,
): Promise<XWebhook> {
  const config = configOf(env)
  demandDone(await validateWebhook(config, bearer, webhook.id, now))
  for (let looks = 1; ; looks++) {
    const all = demandDone(await listWebhooks(config, bearer, now))
    const found = all.find(({ id }) => id === webhook.id) ?? { ...webhook, valid: false }
    if (found.valid || looks === VALIDATION_LOOKS) return found
    await new Promise((resolve) => setTimeout(resolve, VALIDATION_LOOK_GAP_MS))
  }
}

/** What the object `App` remembers of our webhook, for the edge. */
import { type Result, unwrap } from '../failure'
import { APP_PATIENCE_MS } from '../limits'
import type { HeldWebhook } from './record'
import { demandApp } from './stub'
import type { HeardOfWebhook } from './webhook'

/**
 * The webhook that is remembered; null: none was registered by this deployment.
 *
 * @throws Failure `object_unreachable`, `storage_newer`.
 */
export async function heldWebhook(env: Env): Promise<HeldWebhook | null> {
  return unwrap(
    await demandApp<Result<HeldWebhook | null>>(env, (app) => app.webhook(), APP_PATIENCE_MS),
  )
}

/**
 * Has X's word about our webhook remembered. @param heard - null: there is none any more
 *
 * @returns what is remembered now
 * @throws Failure `object_unreachable`, `storage_newer`, `storage_unavailable`.
 */
export async function rememberWebhook(
  env: Env,
  heard: HeardOfWebhook | null,
): Promise<HeldWebhook | null> {
  return unwrap(
    await demandApp<Result<HeldWebhook | null>>(
      env,
      (app) => app.webhookHeard(heard),
      APP_PATIENCE_MS,
    ),
  )
}

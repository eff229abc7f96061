/** X's word of users who take our access away. */
import type { Config } from '../env'
import { log } from '../log'
import type { Secret } from '../secret'
import { isDuplicate, keptAtX, subscribe } from '../x/subscriptions'

/**
 * Asks X to tell of revocations. X's pages do not say whether that has to be asked for, or may be: a no costs nothing, and
 * what comes by itself is acted upon all the same. What X kept for a webhook that has ended is taken over. Never throws. `now`
 * is Unix seconds.
 */
export async function askForRevocations(
  config: Config,
  bearer: Secret,
  webhookId: string,
  now: number,
): Promise<void> {
  const wanted = { eventType: 'oauth.revoke', userId: undefined, webhookId }
  const made = await subscribe(config, bearer, wanted, now)
  const isKept = made.kind === 'no' && isDuplicate(made)
  const kept = isKept && (await keptAtX(config, bearer, wanted, made, now).catch(() => undefined))
  log('x_revocations', { outcome: kept || made.kind === 'done' ? 'subscribed' : 'refused' })
}

/** X's word of users who take our access away. */
import type { Config } from '../env'
import { log } from '../log'
import type { Secret } from '../secret'
import { subscribe } from '../x/subscriptions'

/**
 * Asks X to tell of revocations. X's pages do not say whether that has to be asked for, or may be: a no costs nothing, and
 * what comes by itself is acted upon all the same. Never throws. `now` is Unix seconds.
 */
export async function askForRevocations(
  config: Config,
  bearer: Secret,
  webhookId: string,
  now: number,
): Promise<void> {
  const wanted = { eventType: 'oauth.revoke', userId: undefined, webhookId }
  const { kind } = await subscribe(config, bearer, wanted, now)
  log('x_revocations', { outcome: kind === 'done' ? 'subscribed' : 'refused' })
}

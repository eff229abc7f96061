/** The webhook that this deployment has at X, as the object `App` remembers it (pure). Times are Unix seconds. */
import { WEBHOOK_LOOK_SECONDS } from '../limits'
import type { AppState, HeldWebhook } from './record'

/** The word of X about a webhook, as it is to be remembered. */
export type HeardOfWebhook = Pick<HeldWebhook, 'id' | 'url' | 'valid'>

/** What is remembered once X has said this of a webhook. */
export function webhookHeard(
  before: HeldWebhook | undefined,
  { id, url, valid }: HeardOfWebhook,
  now: number,
): HeldWebhook {
  const isSame = before?.id === id && before.valid === valid
  return { id, url, valid, checkedAt: now, changedAt: isSame ? before.changedAt : now }
}

/** The webhook that a sweep is to look at, at most once an hour, and the state that remembers so. */
export function webhookDue(
  state: AppState,
  now: number,
): { webhook: HeldWebhook; next: AppState } | undefined {
  const { webhook, webhookLookedAt = 0 } = state
  if (!webhook) return undefined
  if (now < Math.max(webhook.checkedAt, webhookLookedAt) + WEBHOOK_LOOK_SECONDS) return undefined
  return { webhook, next: { ...state, webhookLookedAt: now } }
}

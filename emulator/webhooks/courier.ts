import {
  CHECK_AFTER_SECONDS,
  CHECK_AGAIN_SECONDS,
  CHECK_GRACE_SECONDS,
  RETRY_SECONDS,
  WEBHOOK_TIMEOUT_MS,
} from '../limits.ts'
import { firstApp } from '../store/apps.ts'
import { type Delivery, nextDue, noteTry, takeDue } from '../store/deliveries.ts'
import { findWebhook, listWebhooks, noteCheck, type Webhook } from '../store/webhooks.ts'
import type { World } from '../store/world.ts'
import { checkWebhook } from './check.ts'
import { signatureHeaders } from './sign.ts'

/** Sends what is due and checks the webhooks whose time has come, by the emulator's clock. */
export async function runErrands(world: World): Promise<void> {
  const now = world.now()
  const stale = listWebhooks(world).filter((webhook) => webhook.valid && webhook.check_at <= now)
  await Promise.all([
    ...takeDue(world).map((delivery) => deliver(world, delivery)),
    ...stale.map((webhook) => check(world, webhook)),
  ])
}

/** Real milliseconds until the next errand; undefined if there is none. */
export function nextErrandIn(world: World): number | undefined {
  const at = nextDue(world)
  return at === null ? undefined : Math.max(0, at * 1000 - world.nowMs())
}

/** Checks a webhook and judges it: wrong at once, silent after more than 28 hours. */
export async function check(world: World, { id, url, answered_at }: Webhook): Promise<void> {
  const checked = await checkWebhook(firstApp(world), url)
  const now = world.now()
  if (checked.verdict === 'good') {
    const check_at = now + CHECK_AFTER_SECONDS
    noteCheck(world, id, { valid: 1, answered_at: now, check_at, why: null })
    return
  }
  const known = findWebhook(world, id)
  const late = now - answered_at > CHECK_GRACE_SECONDS
  const valid = known?.valid === 1 && checked.verdict === 'silent' && !late ? 1 : 0
  const check_at = now + CHECK_AGAIN_SECONDS
  noteCheck(world, id, { valid, answered_at, check_at, why: checked.why })
}

async function deliver(world: World, delivery: Delivery): Promise<void> {
  const { id, webhook_id, body, created_at } = delivery
  const webhook = findWebhook(world, webhook_id)
  if (!webhook?.valid) {
    noteTry(world, { ...delivery, due_at: null, outcome: 'webhook invalid' })
    return
  }
  const status = await post(webhook.url, body, signatureHeaders(firstApp(world), body))
  const tries = delivery.tries + 1
  if (status === 200) {
    noteTry(world, { id, due_at: null, tries, status, outcome: 'delivered' })
    return
  }
  const after = RETRY_SECONDS[delivery.tries]
  const due_at = after === undefined ? null : created_at + after
  const outcome = due_at === null ? 'lost' : 'retrying'
  noteTry(world, { id, due_at, tries, status, outcome })
}

/** The webhook's status, or null for no answer. */
async function post(url: string, body: string, signed: Record<string, string>) {
  try {
    const reply = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', ...signed },
      redirect: 'manual',
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    })
    await reply.body?.cancel()
    return reply.status
  } catch {
    return null
  }
}

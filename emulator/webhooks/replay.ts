import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { guardedFor } from '../api/guard.ts'
import { operation } from '../api/operation.ts'
import { invalidRequest, problem } from '../api/problem.ts'
import type { X } from '../env.ts'
import { REPLAY_SECONDS } from '../limits.ts'
import { addDelivery, deliveriesBetween, isBusy } from '../store/deliveries.ts'
import { findWebhook } from '../store/webhooks.ts'
import { fieldsOf, isoTime, webhookRefused } from './answers.ts'

const REPLAY = operation('POST /2/webhooks/replay')

/** `POST /2/webhooks/replay`: what was sent or tried comes again, and then word that it is done. @see X docs, Webhooks */
export function replay(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  return guardedFor(c, REPLAY, () => {
    const { webhook_id, from_date, to_date } = fieldsOf(exchange.body)
    const webhook = findWebhook(world, String(webhook_id))
    if (!webhook) return webhookRefused('WebhookIdInvalid', `No webhook ${webhook_id}`)
    const [from, to] = [minute(from_date), minute(to_date)]
    const now = world.now()
    if (from === undefined || to === undefined || from > to || from < now - REPLAY_SECONDS)
      return invalidRequest('from_date, to_date: yyyymmddhhmm in UTC, within 24 hours', {})
    if (isBusy(world, webhook.id))
      return problem(409, 'Conflict', 'ReplayConflictError: A job is running for this webhook')
    // The last minute counts whole.
    const again = deliveriesBetween(world, webhook.id, from, to + 59)
    const job_id = String(randomBytes(8).readBigUInt64BE() >> 1n)
    world.transaction(() => {
      for (const { event_type, body } of again)
        addDelivery(world, { webhook_id: webhook.id, event_type, body }, webhook.valid === 1)
      const replay_job_status = {
        webhook_id: webhook.id,
        job_state: 'Complete',
        job_state_description: 'Job completed successfully',
        job_id,
      }
      const body = JSON.stringify({ replay_job_status })
      const last = { webhook_id: webhook.id, event_type: 'replay_job_status', body }
      addDelivery(world, last, webhook.valid === 1)
    })
    return c.json({ data: { job_id, created_at: isoTime(now) } })
  })
}

/** Unix seconds of `yyyymmddhhmm`. */
function minute(value: unknown): number | undefined {
  const [, year, month, day, hour, minutes] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(String(value)) ?? []
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minutes}:00Z`)
  return Number.isNaN(at) ? undefined : at / 1000
}

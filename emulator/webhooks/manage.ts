import type { Context } from 'hono'
import { guardedFor } from '../api/guard.ts'
import { operation } from '../api/operation.ts'
import type { X } from '../env.ts'
import { CHECK_AFTER_SECONDS, WEBHOOK_URL_MAX_CHARS } from '../limits.ts'
import { firstApp } from '../store/apps.ts'
import {
  addWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  type Webhook,
} from '../store/webhooks.ts'
import { fieldsOf, isoTime, webhookRefused } from './answers.ts'
import { checkWebhook } from './check.ts'
import { check } from './courier.ts'

const CREATE = operation('POST /2/webhooks')
const LIST = operation('GET /2/webhooks')
const VALIDATE = operation('PUT /2/webhooks/{webhook_id}')
const DELETE = operation('DELETE /2/webhooks/{webhook_id}')

/** `POST /2/webhooks {url}`: kept once it has answered its check. @see X docs, Webhooks */
export function createWebhook(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  return guardedFor(c, CREATE, async () => {
    const { url } = fieldsOf(exchange.body)
    const app = firstApp(world)
    const refusal = typeof url === 'string' ? wrongUrl(url) : 'a URL is needed'
    if (typeof url !== 'string' || refusal !== undefined)
      return webhookRefused('UrlValidationFailed', refusal ?? '')
    const known = listWebhooks(world)
    if (known.some((each) => each.url === url))
      return webhookRefused('DuplicateUrlFailed', `This app has the webhook ${url} already`)
    if (known.length >= app.webhook_limit)
      return webhookRefused('WebhookLimitExceeded', `Number of webhooks: ${known.length}`)
    const checked = await checkWebhook(app, url)
    if (checked.verdict !== 'good') {
      const why = `URL returned bad response during CRC with error: ${checked.why}`
      exchange.call.why = checked.why
      return webhookRefused('CrcValidationFailed', why)
    }
    return c.json({ data: shown(addWebhook(world, url, world.now() + CHECK_AFTER_SECONDS)) })
  })
}

/** `GET /2/webhooks`. */
export function getWebhooks(c: Context<X>): Promise<Response> {
  return guardedFor(c, LIST, () => {
    const data = listWebhooks(c.env.world).map(shown)
    return c.json({ data, meta: { result_count: data.length } })
  })
}

/** `PUT /2/webhooks/:id`: a check is begun; how it went, GET tells. */
export function validateWebhook(c: Context<X>): Promise<Response> {
  const { world } = c.env
  return guardedFor(c, VALIDATE, async () => {
    const webhook = findWebhook(world, c.req.param('id') ?? '')
    if (!webhook) return unknown(c)
    // An old good answer must not keep a webhook valid that is asked for now.
    await check(world, webhook)
    return c.json({ data: { valid: true } })
  })
}

/** `DELETE /2/webhooks/:id`. */
export function deleteWebhook(c: Context<X>): Promise<Response> {
  const { world } = c.env
  return guardedFor(c, DELETE, () => {
    const webhook = findWebhook(world, c.req.param('id') ?? '')
    if (!webhook) return unknown(c)
    removeWebhook(world, webhook.id, firstApp(world).webhook_subscriptions === 'end')
    return c.json({ data: { deleted: true } })
  })
}

/** A webhook as X tells of it. */
export function shown({ id, url, valid, created_at }: Webhook) {
  return { id, url, valid: valid === 1, created_at: isoTime(created_at) }
}

function unknown(c: Context<X>): Response {
  return webhookRefused('WebhookIdInvalid', `No webhook ${c.req.param('id')}`)
}

/** What is wrong with a URL. Beside X's own rules, http and a port are taken on loopback, where tests listen. */
function wrongUrl(text: string): string | undefined {
  if (text.length > WEBHOOK_URL_MAX_CHARS) return `longer than ${WEBHOOK_URL_MAX_CHARS} characters`
  const url = URL.parse(text)
  if (!url) return 'not an absolute URL'
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) return undefined
  if (url.protocol !== 'https:') return 'the scheme must be https'
  if (url.port !== '') return 'a port is not allowed'
  const isPrivate = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[)/.test(url.hostname)
  return isPrivate || !url.hostname.includes('.') ? 'the host is not public' : undefined
}

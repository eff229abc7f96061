import { createHmac, timingSafeEqual } from 'node:crypto'
import type { App } from '../store/apps.ts'

/** `sha256=` and base64 of the HMAC, as X writes it for checks and for deliveries. */
export function signature(secret: string, message: string): string {
  return `sha256=${createHmac('sha256', secret).update(message).digest('base64')}`
}

/** The headers that sign a delivery's bytes. A public app has no client secret to sign with. */
export function signatureHeaders(app: App, body: string): Record<string, string> {
  const oauth1 = { 'X-Twitter-Webhooks-Signature': signature(app.api_secret, body) }
  if (app.type === 'public' || app.webhook_signatures === 'oauth1') return oauth1
  const oauth2 = { 'X-Twitter-Webhooks-Signature-OAuth2': signature(app.client_secret, body) }
  return app.webhook_signatures === 'both' ? { ...oauth1, ...oauth2 } : oauth2
}

/** Whether an answer to a check is keyed with the secret that X checks with. */
export function answersCheck(app: App, token: string, answer: string): boolean {
  const api = app.webhook_check === 'api_secret' || app.type === 'public'
  const secrets =
    app.webhook_check === 'either'
      ? [app.client_secret, app.api_secret]
      : [api ? app.api_secret : app.client_secret]
  return secrets.some((secret) => same(answer, signature(secret, token)))
}

function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}

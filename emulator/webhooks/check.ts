import { randomBytes } from 'node:crypto'
import { WEBHOOK_TIMEOUT_MS } from '../limits.ts'
import type { App } from '../store/apps.ts'
import { answersCheck } from './sign.ts'

/** How a webhook answered its check. `wrong` makes it invalid at once, `silent` after a while. */
export type Checked = { verdict: 'good' } | { verdict: 'wrong' | 'silent'; why: string }

/**
 * Asks a webhook to prove that it has the app's secret: `GET url?crc_token=`.
 *
 * @see X docs, Webhooks, "The challenge-response check"
 */
export async function checkWebhook(app: App, url: string): Promise<Checked> {
  const token = randomBytes(24).toString('base64')
  const address = new URL(url)
  address.searchParams.set('crc_token', token)
  address.searchParams.set('nonce', randomBytes(16).toString('base64url'))
  try {
    const signal = AbortSignal.timeout(WEBHOOK_TIMEOUT_MS)
    const reply = await fetch(address, { redirect: 'manual', signal })
    const text = await reply.text()
    if (reply.status >= 400) return { verdict: 'silent', why: `URL answered ${reply.status}` }
    if (reply.status >= 300) return { verdict: 'wrong', why: 'URL answered with a redirect' }
    const good = answersCheck(app, token, responseToken(text))
    return good ? { verdict: 'good' } : { verdict: 'wrong', why: 'Invalid `response_token`' }
  } catch (error) {
    return { verdict: 'silent', why: error instanceof Error ? error.name : 'no answer' }
  }
}

function responseToken(text: string): string {
  try {
    const { response_token } = JSON.parse(text) as { response_token?: unknown }
    return typeof response_token === 'string' ? response_token : ''
  } catch {
    return ''
  }
}

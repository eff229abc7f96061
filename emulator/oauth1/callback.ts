import { ERRORS, errorAnswer, type Refusal } from '../errors.ts'
import type { App } from '../store/apps.ts'

/** The callback that stands for a PIN. */
export const OUT_OF_BAND = 'oob'

/**
 * Judges `oauth_callback`: `oob`, or exactly a URL that is registered.
 *
 * @see X docs, Developer apps, "Callback URLs"
 */
export function wrongCallback(app: App, callback: string | undefined): Refusal | undefined {
  if (!callback) return { error: 'malformed', why: 'oauth_callback is missing' }
  if (callback === OUT_OF_BAND || app.callbacks.includes(callback)) return undefined
  if (app.callbacks.length === 0) return { error: 'desktop_app', why: 'no callback is registered' }
  return { error: 'callback_not_approved', why: `not registered: ${callback}` }
}

/** X's refusal of a callback: XML as it mostly is, or JSON as X documents it. */
export function callbackAnswer(app: App, { error }: Refusal): Response {
  const { status, message, ...rest } = ERRORS[error]
  if (app.callback_errors === 'hash' && error === 'desktop_app') return hash(message, status)
  if (app.callback_errors === 'json' || error === 'malformed') return errorAnswer(error)
  const more = error === 'callback_not_approved' ? WHERE_TO_APPROVE : ''
  const code = 'code' in rest ? rest.code : ''
  const text = `${message}${more}`
  return new Response(
    `<?xml version='1.0' encoding='UTF-8'?><errors><error code="${code}">${text}</error></errors>`,
    { status, headers: { 'Content-Type': 'application/xml;charset=utf-8' } },
  )
}

/** What X answers a desktop app in the wild. */
function hash(message: string, status: number): Response {
  const path = '/oauth/request_token'
  return new Response(
    `<?xml version="1.0" encoding="UTF-8"?>\n<hash>\n  <error>${message}</error>\n  <request>${path}</request>\n</hash>\n`,
    { status, headers: { 'Content-Type': 'application/xml;charset=utf-8' } },
  )
}

const WHERE_TO_APPROVE = ' Approved callback URLs can be adjusted in your application settings'

/** What several routes answer alike. */
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Disconnected } from '../account/revocation'
import type { Secret } from '../secret'
import type { AppEnv } from './middleware'

/** A token as JSON, or for `Accept: text/plain` the token alone. */
export function tokenAnswer(c: Context<AppEnv>, token: Secret, fields: object): Response {
  const access_token = token.reveal()
  return bareOrJson(c, access_token, { access_token, token_type: 'bearer', ...fields })
}

/** The one text that matters for `Accept: text/plain`, so that a shell can use it as it is; else all of it as JSON. */
export function bareOrJson(c: Context<AppEnv>, bare: string, json: object): Response {
  const format = accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/plain'],
    default: 'application/json',
  })
  c.header('vary', 'accept')
  return format === 'text/plain' ? c.text(bare) : c.json(json)
}

/** Whether X confirmed that what was forgotten here has ended there too. */
export const disconnectedJson = ({ revoked, message }: Disconnected) => ({
  revoked,
  ...(revoked
    ? {}
    : {
        note: 'Forgotten here, but X did not confirm: the user can remove the app at X.',
        detail: message,
      }),
})

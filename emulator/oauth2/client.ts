import { readBasic } from '../basic.ts'
import { type App, appNamed, findApp } from '../store/apps.ts'
import { type Call, note } from '../store/calls.ts'
import type { World } from '../store/world.ts'
import type { OAuthError } from './answer.ts'
import { firstMissing } from './answer.ts'

/** The app that a call shows itself to be, by Basic or in the body; else the first one. */
export function clientShown(
  world: World,
  authorization: string | undefined,
  form: URLSearchParams,
): App {
  const basic = readBasic(authorization)
  return (
    findApp(world, 'client_id', basic?.id) ??
    findApp(world, 'client_id', percentDecoded(basic?.id ?? '')) ??
    appNamed(world, 'client_id', form.get('client_id') ?? undefined)
  )
}

/**
 * Checks who is calling the token or revoke endpoint: confidential clients by Basic, public ones by
 * `client_id` in the body.
 *
 * @returns the error to answer with, or undefined if the client is the app
 * @see X docs, OAuth 2.0 Authorization Code Flow with PKCE, "Confidential and Public Clients"
 */
export function authenticateClient(
  app: App,
  authorization: string | undefined,
  form: URLSearchParams,
  call: Call,
): OAuthError | undefined {
  const basic = readBasic(authorization)
  if (form.has('client_secret')) {
    if (app.body_secret === 'refuse' || !basic) return unauthorized('client_secret in the body')
    note(call, 'client_secret in the body beside Basic')
  }
  if (app.type === 'public') return publicClient(app, form)
  if (!basic) return unauthorized('no Basic header')
  if (!same(app, basic.id, app.client_id, call)) return unauthorized('client id unknown')
  if (!same(app, basic.secret, app.client_secret, call)) return unauthorized('client secret wrong')
  if (form.has('client_id') && form.get('client_id') !== app.client_id) {
    return unauthorized('client_id in the body is another than in the Basic header')
  }
  return app.suspended ? unauthorized('app suspended') : undefined
}

/**
 * Compares half of a Basic header. RFC 6749 §2.3.1 has both form-encoded first; X's sample secret begins with `-`, its
 * docs send it raw, and whether X would also take `%2D` is not known.
 */
function same(app: App, shown: string, known: string, call: Call): boolean {
  const { basic_encoding: encoding } = app
  if (shown === known && (encoding !== 'decoded' || percentDecoded(shown) === known)) return true
  if (percentDecoded(shown) !== known) return false
  note(call, 'Basic is percent-encoded')
  return encoding !== 'raw'
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function publicClient(app: App, form: URLSearchParams): OAuthError | undefined {
  const missing = firstMissing(form, ['client_id'])
  if (missing) return missing
  if (form.get('client_id') !== app.client_id) return UNKNOWN_CLIENT
  return app.suspended ? unauthorized('app suspended') : undefined
}

/** X's words for an unknown public client are not known. */
const UNKNOWN_CLIENT: OAuthError = {
  status: 401,
  error: 'invalid_client',
  description: 'Value passed for the client id was invalid.',
  why: 'client id unknown',
}

function unauthorized(why: string): OAuthError {
  return {
    status: 401,
    error: 'unauthorized_client',
    description: 'Missing valid authorization header',
    why,
  }
}

import { readBasic } from '../basic.ts'
import type { Refusal } from '../errors.ts'
import { type App, appNamed } from '../store/apps.ts'
import type { World } from '../store/world.ts'

/** The app whose key a Basic header shows, or the first one. */
export const appShown = (world: World, authorization: string | undefined): App =>
  appNamed(world, 'api_key', decode(readBasic(authorization)?.id ?? ''))

/**
 * Checks the app's own credentials: Basic of API key and secret, each percent-encoded first.
 *
 * @see X docs, OAuth 2.0 Application-Only, "Step 1"
 */
export function strangerToApp(app: App, authorization: string | undefined): Refusal | undefined {
  const basic = readBasic(authorization)
  if (!basic) return { error: 'app_refused', why: 'no Basic header' }
  if (decode(basic.id) === app.client_id) {
    return { error: 'app_refused', why: 'this is the client id, app-only takes the API key' }
  }
  if (decode(basic.id) !== app.api_key) return { error: 'app_refused', why: 'API key unknown' }
  if (decode(basic.secret) !== app.api_secret) {
    return { error: 'app_refused', why: 'API secret wrong' }
  }
  return app.suspended ? { error: 'app_refused', why: 'app suspended' } : undefined
}

function decode(half: string): string | undefined {
  try {
    return decodeURIComponent(half)
  } catch {
    return undefined
  }
}

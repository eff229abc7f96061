import { loadApp } from '../store/apps.ts'
import { findGrant, whyEnded } from '../store/find-grants.ts'
import { findUserById, type User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import { problem, problemOf } from './problem.ts'

/** Who is calling, or X's refusal with what X would not say. */
export type Verdict = { user: User } | { refusal: Response; why: string }

/**
 * Checks the bearer token of an API call and the scopes that the endpoint needs.
 *
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1)
 */
export function authenticate(
  world: World,
  authorization: string | undefined,
  needed: readonly string[],
): Verdict {
  const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (!token) return unauthorized('no bearer token')
  const grant = findGrant(world, 'access_token', token)
  if (!grant) return unauthorized(whyEnded(world, token))
  if ((grant.access_token_expires_at ?? 0) <= world.now()) return unauthorized('expired')
  const app = loadApp(world)
  if (app.suspended && app.client_id === grant.client_id) return suspended()
  const granted = new Set(grant.scope.split(' '))
  const missing = needed.filter((scope) => !granted.has(scope))
  if (missing.length > 0) {
    const why = `scope ${missing.join(' ')} missing`
    return { refusal: problem(403, 'Forbidden', 'Forbidden'), why }
  }
  const user = findUserById(world, grant.user_id)
  return user ? { user } : unauthorized('user unknown')
}

function unauthorized(why: string): Verdict {
  return { refusal: problem(401, 'Unauthorized', 'Unauthorized'), why }
}

/** What X says here is not known; this is its problem for apps that may not call. */
function suspended(): Verdict {
  const refusal = problemOf({
    title: 'Client Forbidden',
    type: 'https://api.twitter.com/2/problems/client-forbidden',
    status: 403,
    detail: 'This application is suspended.',
  })
  return { refusal, why: 'app suspended' }
}

import type { Context } from 'hono'
import { looksAppOnly } from '../app-only/shape.ts'
import type { X } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { authenticate, requestOf } from '../oauth1/authenticate.ts'
import { isSigned } from '../oauth1/protocol.ts'
import { findUserToken } from '../oauth1/user-token.ts'
import { findApp } from '../store/apps.ts'
import { findGrant, whyEnded } from '../store/find-grants.ts'
import type { Grant } from '../store/grants.ts'
import { findUserById, type User } from '../store/users.ts'
import type { World } from '../store/world.ts'

/** Who is calling: by which grant, and for which user; the app itself has none. */
export interface Caller {
  grant: Grant
  user: User | undefined
}

/** Finds out who is calling, by signature or by bearer token. */
export function callerOf(c: Context<X>): Caller | Refusal {
  const { world } = c.env
  const grant = isSigned(requestOf(c)) ? signer(c) : bearer(world, c.req.header('Authorization'))
  if ('error' in grant) return grant
  if (grant.user_id === null) return { grant, user: undefined }
  const user = findUserById(world, grant.user_id)
  if (!user) return { error: 'dead_token', why: 'user unknown' }
  if (user.status === 'active') return { grant, user }
  return { error: user.status === 'locked' ? 'user_locked' : 'user_suspended' }
}

function signer(c: Context<X>): Grant | Refusal {
  const signed = authenticate(c, (token, app) => findUserToken(c.env.world, token, app))
  return 'error' in signed ? signed : signed.holder
}

/** @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1) */
function bearer(world: World, authorization: string | undefined): Grant | Refusal {
  const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (!token) return { error: 'malformed', why: 'no bearer token' }
  const grant = findGrant(world, 'access_token', token)
  if (!grant || grant.kind === 'oauth1') {
    return {
      error: looksAppOnly(token) ? 'dead_bearer' : 'dead_token',
      why: grant ? 'a user token of OAuth 1.0a, which signs' : whyEnded(world, token),
    }
  }
  const expiresAt = grant.access_token_expires_at ?? Number.POSITIVE_INFINITY
  if (expiresAt <= world.now()) return { error: 'dead_token', why: 'expired' }
  const by = grant.kind === 'app' ? 'api_key' : 'client_id'
  if (findApp(world, by, grant.client_id)?.suspended) {
    return { error: 'app_suspended', why: 'app suspended' }
  }
  return grant
}

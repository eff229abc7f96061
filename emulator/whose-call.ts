import { looseParam, type SignedRequest } from './oauth1/protocol.ts'
import { findCode } from './store/codes.ts'
import { findGrant, formerOwner, ownerOf } from './store/find-grants.ts'
import { findRequestToken } from './store/request-tokens.ts'
import { findUser } from './store/users.ts'
import type { World } from './store/world.ts'

/**
 * Whose call this is, as far as its tokens tell before X looks at it: a fault may be for one user's calls alone. Null:
 * nobody's, or the app's.
 */
export function whoseCall(
  world: World,
  request: SignedRequest,
  form: URLSearchParams,
): string | null {
  const bearer = /^bearer +(\S+)/i.exec(request.authorization ?? '')?.[1]
  const oauth1 = looseParam(request, 'oauth_token')
  const token = bearer ?? form.get('subject_token') ?? form.get('token') ?? oauth1
  return (
    ownerOf(world, form.get('refresh_token') ?? '') ??
    findCode(world, form.get('code') ?? '')?.user_id ??
    (token ? (ownerOfToken(world, token) ?? findRequestToken(world, token)?.user_id) : null) ??
    findUser(world, form.get('username') ?? '')?.id ??
    null
  )
}

function ownerOfToken(world: World, token: string): string | null {
  const grant = findGrant(world, 'access_token', token) ?? findGrant(world, 'refresh_token', token)
  return grant?.user_id ?? formerOwner(world, token)
}

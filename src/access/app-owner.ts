/** The token of the X user that the app belongs to, for what X lets only the owner do. */

import { accountAt } from '../account/stub'
import type { Owner } from '../app/held-bearer'
import { configOf } from '../env'
import { grantPlace } from '../store/vault'

/** Sealed; undefined where X_APP_OWNER is not set or holds no OAuth 1.0a grant here. */
export async function appOwner(env: Env): Promise<Owner | undefined> {
  const { appOwner: id } = configOf(env)
  const grant = id === '' ? undefined : (await accountAt(env, id).read())?.oauth1
  if (!grant || grant.ended) return undefined
  return {
    token: { sealed: grant.token, place: grantPlace(id, 'oauth1.token') },
    tokenSecret: { sealed: grant.tokenSecret, place: grantPlace(id, 'oauth1.tokenSecret') },
  }
}

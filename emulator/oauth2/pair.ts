import { REFRESH_TOKEN_TTL_SECONDS } from '../limits.ts'
import type { App } from '../store/apps.ts'
import type { Pair } from '../store/grants.ts'
import type { World } from '../store/world.ts'
import { mint } from './shape.ts'

/** A new token pair; a refresh token only with `offline.access`. @see X docs, "Refresh tokens" */
export function newPair(world: World, app: App, scope: string): Pair {
  const now = world.now()
  const offline = scope.split(' ').includes('offline.access')
  return {
    accessToken: mint('at', world.nowMs()),
    accessTokenExpiresAt: now + app.access_token_ttl,
    refreshToken: offline ? mint('rt', world.nowMs()) : null,
    refreshTokenExpiresAt: offline ? now + REFRESH_TOKEN_TTL_SECONDS : null,
  }
}

/** X's token reply, field for field. */
export function tokenReply(app: App, pair: Pair, scope: string): Record<string, unknown> {
  return {
    token_type: 'bearer',
    expires_in: app.access_token_ttl,
    access_token: pair.accessToken,
    scope,
    ...(pair.refreshToken === null ? {} : { refresh_token: pair.refreshToken }),
  }
}

import { Hono } from 'hono'
import type { X } from '../env.ts'
import { invalidateBearer } from './invalidate.ts'
import { appOnlyToken } from './token.ts'

/** The app's own token. @see X docs, OAuth 2.0 Application-Only */
export const appOnly = new Hono<X>()
  .post('/oauth2/token', appOnlyToken)
  .post('/oauth2/invalidate_token', invalidateBearer)

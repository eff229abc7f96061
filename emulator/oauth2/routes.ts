import { Hono } from 'hono'
import type { X } from '../env.ts'
import { decideRequest, showRequestConsent } from './authorize.tsx'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/** OAuth 2.0 for users. @see X docs, OAuth 2.0 Authorization Code Flow with PKCE */
export const oauth2 = new Hono<X>()
  .get('/i/oauth2/authorize', showRequestConsent)
  .post('/i/oauth2/authorize', decideRequest)
  .post('/2/oauth2/token', token)
  .post('/2/oauth2/revoke', revoke)

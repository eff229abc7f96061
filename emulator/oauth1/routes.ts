import { Hono } from 'hono'
import type { X } from '../env.ts'
import { accessToken } from './access-token.ts'
import { decideToken, showTokenConsent } from './authorize.tsx'
import { byGet } from './by-get.ts'
import { invalidateToken } from './invalidate.ts'
import { requestToken } from './request-token.ts'

/** OAuth 1.0a. @see X docs, OAuth 1.0a */
export const oauth1 = new Hono<X>()
  .post('/oauth/request_token', requestToken)
  .get('/oauth/request_token', byGet, requestToken)
  .get('/oauth/authorize', showTokenConsent)
  .post('/oauth/authorize', decideToken)
  .get('/oauth/authenticate', showTokenConsent)
  .post('/oauth/authenticate', decideToken)
  .get('/i/oauth/authenticate', showTokenConsent)
  .post('/i/oauth/authenticate', decideToken)
  .post('/oauth/access_token', accessToken)
  .get('/oauth/access_token', byGet, accessToken)
  .post('/1.1/oauth/invalidate_token', invalidateToken)
  .post('/1.1/oauth/invalidate_token.json', invalidateToken)

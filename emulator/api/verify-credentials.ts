import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Endpoint } from './endpoint.ts'
import { guarded } from './guard.ts'
import { userV1 } from './v1.ts'

const VERIFY_CREDENTIALS: Endpoint = {
  name: 'verify credentials',
  version: '1.1',
  kinds: ['oauth1'],
  scopes: [],
  writes: false,
  limit: { app: 75, user: 75 },
}

/** `GET /1.1/account/verify_credentials.json`, with `include_email`. @see X docs of that name */
export function verifyCredentials(c: Context<X>): Promise<Response> {
  return guarded(c, VERIFY_CREDENTIALS, (user, app) => {
    const wanted = /^(true|t|1)$/.test(c.req.query('include_email') ?? '')
    const given = wanted && app.request_email
    return userV1(user, given ? { email: `${user.username.toLowerCase()}@example.com` } : {})
  })
}

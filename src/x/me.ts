/**
 * Who an access token belongs to.
 *
 * X has answered 401 and 403 here while tokens were fine, so no answer of this endpoint condemns a token: there is
 * either a user, or a reason to ask again.
 *
 * @see [X: GET /2/users/me](https://docs.x.com/x-api/users/get-my-user)
 */
import * as v from 'valibot'
import { LOGIN_CALL_TIMEOUT_MS } from '../limits'
import type { Secret } from '../secret'
import { PATHS, USER_AGENT, type XApp } from './endpoints'

export interface User {
  /** X user id: a decimal string. */
  id: string
  username: string
  name: string
}

export const USER_ID = /^[1-9][0-9]{0,19}$/

const Me = v.object({
  data: v.object({
    id: v.pipe(v.string(), v.regex(USER_ID)),
    username: v.string(),
    name: v.string(),
  }),
})

/** @returns the user, or in words why X did not say */
export async function whoIs(app: XApp, accessToken: Secret): Promise<User | string> {
  try {
    const response = await fetch(app.apiOrigin + PATHS.me, {
      headers: {
        authorization: `Bearer ${accessToken.reveal()}`,
        accept: 'application/json',
        'user-agent': USER_AGENT,
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(LOGIN_CALL_TIMEOUT_MS),
    })
    const body: unknown = await response.json().catch(() => undefined)
    const me = v.safeParse(Me, body)
    if (response.status === 200 && me.success) return me.output.data
    return `X answered ${response.status} when asked who logged in.`
  } catch {
    return 'X could not be reached when asked who logged in.'
  }
}

import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { X } from './env.ts'
import { findUserById, type User } from './store/users.ts'

/** Only OAuth 1.0a's pages ask who is logged in, and only they shall get the cookie. */
const COOKIE = 'x_emulator_user'
const PATHS = ['/oauth', '/i/oauth']

/** Who is logged in at X in this browser: whoever authorized an app in it last. */
export function userOfBrowser(c: Context<X>): User | undefined {
  return findUserById(c.env.world, getCookie(c, COOKIE) ?? '')
}

/** The same response, which also logs the user in. */
export function loggedIn(response: Response, user: User): Response {
  const answer = new Response(response.body, response)
  for (const path of PATHS)
    answer.headers.append(
      'Set-Cookie',
      `${COOKIE}=${user.id}; Path=${path}; HttpOnly; SameSite=Lax`,
    )
  return answer
}

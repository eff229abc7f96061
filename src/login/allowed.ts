/** Who may connect by a login (pure), and what the others are told. */
import type { Allow } from '../setting-values'
import type { User } from '../x/user'
import type { Creator } from './pending'
import type { WrongAccount } from './record'

/**
 * Whether this user may connect by a login: LOGIN_ALLOW says who may, and so does the account list of the caller that
 * made the login. Where LOGIN_ALLOW is not set only callers can make logins, and each user of theirs may.
 */
export function mayConnect(
  allow: Allow,
  creator: Creator | undefined,
  user: Pick<User, 'id' | 'username'>,
): boolean {
  if (creator?.accounts && !creator.accounts.includes(user.id)) return false
  if (allow === undefined) return creator !== undefined
  return allow === '*' || allow.has(user.id) || allow.has(`@${user.username.toLowerCase()}`)
}

/** The sentence for the page of a user whose account may not connect. */
export function wrongAccountInWords({ is, meant }: WrongAccount): string {
  const here = `At X you are logged in as @${is}`
  if (meant === undefined)
    return `${here}, who may not log in here. Switch accounts at x.com, then start again.`
  return `${here}, and this link is for @${meant}. Switch to @${meant} at x.com, then ask for a new link.`
}

/** What a login's object knows at each stage of its life, as plain data. Times are Unix seconds. */
import type { AccountView } from '../account/view'
import type { FailureData } from '../failure'
import {
  EXCHANGE_LOST_SECONDS,
  IDENTITY_RETRY_MAX_SECONDS,
  IDENTITY_RETRY_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  LOGIN_AFTERLIFE_SECONDS,
} from '../limits'
import type { Allow } from '../setting-values'
import type { User } from '../x/user'
import type { UnadoptedGrant } from './grant'
import type { Creator } from './pending'

/** The row of a login's object, from its first callback until two minutes after the login has expired. */
export interface LoginRecord {
  id: string
  expiresAt: number
  creator?: Creator
  /** Hash of the proof that only the browser has whose code was exchanged last. */
  proofHash: string
  returnTo?: string
  /** The caller that spent that proof; from then on it is worth nothing to any other. */
  spent?: Spent
  stage: 'open' | 'exchanging' | 'granted' | 'complete' | 'failed'
  /** When the code was first sent to X, Unix seconds. */
  sentAt?: number
  /** How often the code was sent without a definite answer, a call under way included. */
  doubts: number
  /** The grant that X gave, until an account has it or X has it back. */
  grant?: UnadoptedGrant
  /** The refresh of that grant which is under way, written before its call leaves. `startedAt` is Unix seconds. */
  renewal?: { startedAt: number }
  /** The account that may not connect, and the one that was meant, by username: for the page of its own browser. */
  wrongAccount?: { is: string; meant?: string }
  /** How many wrong PINs were tried. */
  wrongPins?: number
  /** How often X was asked in vain whose the grant is, or to take it back. */
  tries: number
  account?: AccountView
  failure?: FailureData
}

/** The caller that spent a login's proof, and when (Unix seconds). */
export interface Spent {
  by: string
  at: number
}

/** When a login's object has to look after itself again, in Unix seconds, as `now` is. */
export function alarmAt(record: LoginRecord, now: number): number {
  if (record.stage === 'exchanging') return now + EXCHANGE_LOST_SECONDS
  if (record.renewal) return now + JOURNAL_DOUBT_SECONDS
  if (record.grant)
    return now + Math.min(IDENTITY_RETRY_SECONDS * 2 ** record.tries, IDENTITY_RETRY_MAX_SECONDS)
  return Math.max(record.expiresAt, now) + LOGIN_AFTERLIFE_SECONDS
}

/**
 * Whether this user may connect by a login: LOGIN_ALLOW says who may, and so does the account list of the caller that
 * made the login. Where LOGIN_ALLOW is not set only callers can make logins, and each user of theirs may.
 */
export function mayConnect(allow: Allow, creator: Creator | undefined, user: User): boolean {
  if (creator?.accounts && !creator.accounts.includes(user.id)) return false
  if (allow === undefined) return creator !== undefined
  return allow === '*' || allow.has(user.id) || allow.has(`@${user.username.toLowerCase()}`)
}

/** The sentence for the page of a user whose account may not connect. */
export function wrongAccountInWords({
  is,
  meant,
}: NonNullable<LoginRecord['wrongAccount']>): string {
  const here = `At X you are logged in as @${is}`
  if (meant === undefined)
    return `${here}, who may not log in here. Switch accounts at x.com, then start again.`
  return `${here}, and this link is for @${meant}. Switch to @${meant} at x.com, then ask for a new link.`
}

/**
 * What an account's OAuth 2.0 grant needs, and what may be leased from it. No clock, no storage: the same input, the
 * same answer. Times are Unix seconds.
 */

import type { RefreshPolicy } from '../env'
import { type FailureData, failed, type Result } from '../failure'
import {
  BACK_OFF_MAX_SECONDS,
  DUE_BEFORE_EXPIRY_SECONDS,
  ENDED_RETRY_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  LEASE_REFRESH_GAP_SECONDS,
} from '../limits'
import type { VaultAccount, VaultOAuth2 } from '../store/vault'
import { type Connected, vaultCopy } from './record'

/** Why somebody asks. */
export type LeaseRequest =
  /** A sweep that looked at this moment (Unix milliseconds) saw it due. */
  | { because: 'due'; sweptAtMs: number }
  /** A caller wants a token that lives at least `minTtl` seconds more. */
  | { because: 'lease'; minTtl: number }
  /** The same, and X refused the access token of this generation. */
  | { because: 'rejected'; minTtl: number; generation: number }
  /** A caller wants a refresh now. */
  | { because: 'forced' }

export type Decision =
  | { do: 'nothing' }
  /** `forced`: by a caller, not because it is time. */
  | { do: 'refresh'; forced: boolean }
  /** It is too early to present the refresh token (again). */
  | { do: 'wait'; until: number; why: WaitReason }
  | { do: 'login'; reason: keyof typeof WHY_LOGIN }

export type WaitReason =
  /** Its object died during an attempt, whose call may still run. */
  | 'interrupted'
  /** The last refresh failed. */
  | 'failed'
  /** Callers forced one a moment ago. */
  | 'limited'

/** What this account's OAuth 2.0 grant needs at `now`. A journal in it means that its attempt was cut off. */
export function decide(
  account: Connected,
  ask: LeaseRequest,
  policy: RefreshPolicy,
  now: number,
): Decision {
  const grant = account.oauth2
  if (!grant) return { do: 'login', reason: 'no_grant' }
  const want = wanted(account, grant, ask, policy, now)
  if (grant.ended && !(want === 'forced' && mayTryEnded(grant, now)))
    return { do: 'login', reason: grant.ended.reason }
  if (want === 'no') return { do: 'nothing' }
  // An imported access token that has expired gives way to the grant before it.
  const givesWay = account.former !== undefined && grant.expiresAt <= now
  if (!grant.refreshToken && !givesWay) return { do: 'login', reason: 'no_refresh_token' }
  return (
    waiting(account, grant, want === 'forced', now) ?? { do: 'refresh', forced: want === 'forced' }
  )
}

/**
 * Whether the sweep's time for a grant has come; null is never due. A warm policy holds for what was sealed under a lazy
 * one as well: only that is due further away than any wait after a failure.
 */
export function isDue(
  { dueAt, expiresAt }: { dueAt: number | null; expiresAt: number | null },
  policy: RefreshPolicy,
  now: number,
): boolean {
  if (dueAt === null) return false
  if (policy !== 'warm' || dueAt - now <= BACK_OFF_MAX_SECONDS) return now >= dueAt
  return expiresAt !== null && now >= expiresAt - DUE_BEFORE_EXPIRY_SECONDS
}

function wanted(
  account: Connected,
  grant: VaultOAuth2,
  ask: LeaseRequest,
  policy: RefreshPolicy,
  now: number,
): 'no' | 'in_time' | 'forced' {
  if (ask.because === 'forced') return 'forced'
  // A hint from before the last attempt, or one delivered twice, says nothing new.
  if (ask.because === 'due')
    return isDue(grant, policy, now) && ask.sweptAtMs > (account.triedAtMs ?? 0) ? 'in_time' : 'no'
  if (ask.because === 'rejected' && ask.generation === grant.generation) return 'forced'
  const left = grant.expiresAt - now
  if (left <= 0) return 'in_time'
  if (now - (grant.refreshedAt ?? 0) < LEASE_REFRESH_GAP_SECONDS) return 'no'
  if (isDue(grant, policy, now)) return 'in_time'
  return left < ask.minTtl && grant.refreshToken !== undefined ? 'forced' : 'no'
}

/** X's word may have been about a moment; but a token that another program spent stays spent. */
function mayTryEnded({ ended, refreshToken }: VaultOAuth2, now: number): boolean {
  if (!ended || !refreshToken || ended.reason === 'belongs_to_another') return false
  return now >= (ended.triedAt ?? ended.since) + ENDED_RETRY_SECONDS
}

/** Why the refresh token may not be presented yet, if it may not. */
function waiting(
  { attempt, forced }: Connected,
  { failure }: VaultOAuth2,
  isForced: boolean,
  now: number,
): Decision | undefined {
  const waits: { until: number; why: WaitReason }[] = [
    { why: 'interrupted', until: attempt ? attempt.startedAt + JOURNAL_DOUBT_SECONDS : 0 },
    { why: 'failed', until: failure?.retryAt ?? 0 },
    { why: 'limited', until: isForced && forced ? forced.at + forced.gap : 0 },
  ]
  const longest = waits.reduce((a, b) => (b.until > a.until ? b : a))
  return now < longest.until ? { do: 'wait', ...longest } : undefined
}

/** A token to hand out: the account as it rests (sealed), and why it is not as good as it should be. */
export interface Leased {
  account: VaultAccount
  degraded?: Degraded
}

export interface Degraded {
  reason:
    | 'login_required'
    | 'suspected'
    | 'refresh_failed'
    | 'refresh_in_doubt'
    | 'refresh_limited'
    | 'app_halted'
    | 'shorter_than_asked'
    | 'object_unreachable'
  since: number
  detail: string
  retryAfter?: number
}

/** What came of an {@link LeaseRequest}: the decision, and why it could not be carried out, if so. */
export interface LeaseAttempt {
  decision: Decision
  trouble?: FailureData | undefined
}

/** What a caller gets after all that could be done was done: a token while X would accept one, else the reason. */
export function leaseOf(
  record: Connected,
  ask: LeaseRequest,
  now: number,
  course: LeaseAttempt,
): Result<Leased> {
  const grant = record.oauth2
  const refused = ask.because === 'rejected' && ask.generation === grant?.generation
  const others = grant?.ended?.reason === 'belongs_to_another'
  if (grant && grant.expiresAt > now && !refused && !others) {
    const degraded = whyDegraded(record, grant, ask, now, course)
    const account = vaultCopy(record)
    return { ok: true, value: { account, ...(degraded ? { degraded } : {}) } }
  }
  if (course.trouble) return { ok: false, failure: course.trouble }
  const login = whyLogin(grant, course)
  if (login) return failed('login_required', WHY_LOGIN[login])
  const { decision } = course
  if (decision.do === 'wait' && decision.why === 'limited')
    return failed('refresh_limited', undefined, decision.until - now)
  return failed('refresh_failed', grant?.failure?.message, retryAfterOf(grant, course, now))
}

function whyDegraded(
  account: Connected,
  grant: VaultOAuth2,
  ask: LeaseRequest,
  now: number,
  course: LeaseAttempt,
): Degraded | undefined {
  const { trouble, decision } = course
  const login = whyLogin(grant, course)
  const since = grant.refreshedAt ?? Math.floor(grant.obtainedAtMs / 1000)
  if (login)
    return {
      reason: 'login_required',
      since: grant.ended?.since ?? since,
      detail: WHY_LOGIN[login],
    }
  if (trouble) return { ...troubled(trouble), since: trouble.since ?? now }
  if (decision.do === 'wait' && decision.why === 'limited') {
    const retryAfter = decision.until - now
    const since = account.forced?.at ?? now
    return { reason: 'refresh_limited', since, detail: LIMITED, retryAfter }
  }
  if (grant.failure) {
    const { at, message } = grant.failure
    const reason = reasonOf(account)
    return {
      reason,
      since: account.inDoubt?.since ?? at,
      detail: message,
      retryAfter: retryAfterOf(grant, course, now),
    }
  }
  if (decision.do === 'wait')
    return {
      reason: 'refresh_in_doubt',
      since: account.attempt?.startedAt ?? now,
      detail: 'The last refresh was cut off.',
      retryAfter: retryAfterOf(grant, course, now),
    }
  if ('minTtl' in ask && grant.expiresAt - now < ask.minTtl)
    return { reason: 'shorter_than_asked', since, detail: 'X gave no longer-lived token.' }
  return undefined
}

const LIMITED = 'Refreshes on demand keep a distance of one to fifteen minutes.'

function reasonOf({ status, inDoubt }: Connected): Degraded['reason'] {
  if (status === 'suspected') return 'suspected'
  return inDoubt ? 'refresh_in_doubt' : 'refresh_failed'
}

/** Why no attempt was made at all. */
function troubled({ code, detail, retryAfter }: FailureData): Omit<Degraded, 'since'> {
  return {
    reason: code === 'app_halted' ? 'app_halted' : 'refresh_failed',
    detail: detail ?? code,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

function whyLogin(
  grant: VaultOAuth2 | undefined,
  { decision }: LeaseAttempt,
): keyof typeof WHY_LOGIN | undefined {
  if (grant?.ended) return grant.ended.reason
  return decision.do === 'login' ? decision.reason : undefined
}

/** Seconds until the refresh token is presented again. */
function retryAfterOf(
  grant: VaultOAuth2 | undefined,
  { decision }: LeaseAttempt,
  now: number,
): number {
  const until = decision.do === 'wait' ? decision.until : (grant?.failure?.retryAt ?? now)
  return Math.max(until - now, 1)
}

/** Why only the user can help. */
const WHY_LOGIN = {
  no_grant: 'This account has no OAuth 2.0 grant.',
  no_refresh_token: 'It cannot be refreshed: offline.access was not granted.',
  belongs_to_another:
    'The imported token belongs to another X account than it was imported for, so it is not handed out.',
  refresh_reply_lost:
    'X refused the refresh token after a call whose answer got lost: the new tokens were in that answer.',
  refused_by_x:
    'X refused the refresh token. The user took the access away, logged in through another program ' +
    'with the same app, the token lapsed, or another program refreshed it.',
} as const

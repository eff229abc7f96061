/**
 * What an account's OAuth 2.0 grant needs, and what may be leased from it. No clock, no storage: the same input, the
 * same answer. Times are Unix seconds.
 */
import { type FailureData, failed, type Result } from '../failure'
import { JOURNAL_DOUBT_SECONDS, LEASE_REFRESH_GAP_SECONDS, SWEEP_PERIOD_SECONDS } from '../limits'
import type { VaultAccount, VaultOAuth2 } from '../store/vault'
import { type Connected, vaultCopy } from './record'

/** Why somebody asks. */
export type Ask =
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
  | { do: 'refresh' }
  /** The last refresh failed or was cut off; it is too early to try again. */
  | { do: 'wait'; until: number }
  | { do: 'login'; reason: keyof typeof WHY_LOGIN }

/** What this account's OAuth 2.0 grant needs at `now`. A journal in it means that its attempt was cut off. */
export function decide(account: Connected, ask: Ask, now: number): Decision {
  const grant = account.oauth2
  if (!grant) return { do: 'login', reason: 'no_grant' }
  if (grant.ended) return { do: 'login', reason: grant.ended.reason }
  if (!wanted(account, grant, ask, now)) return { do: 'nothing' }
  if (!grant.refreshToken) return { do: 'login', reason: 'no_refresh_token' }
  const until = retryAt(account, grant, ask)
  return now < until ? { do: 'wait', until } : { do: 'refresh' }
}

/** Whether the sweep's time for this grant has come. */
export const isDue = (grant: VaultOAuth2, now: number): boolean =>
  grant.dueAt !== null && now >= grant.dueAt

function wanted(account: Connected, grant: VaultOAuth2, ask: Ask, now: number): boolean {
  if (ask.because === 'forced') return true
  // A hint from before the last attempt, or one delivered twice, says nothing new.
  if (ask.because === 'due') return isDue(grant, now) && ask.sweptAtMs > (account.triedAtMs ?? 0)
  if (ask.because === 'rejected' && ask.generation === grant.generation) return true
  const left = grant.expiresAt - now
  if (left <= 0) return true
  const fresh = now - (grant.refreshedAt ?? 0) < LEASE_REFRESH_GAP_SECONDS
  const short = left < ask.minTtl && grant.refreshToken !== undefined
  return !fresh && (short || isDue(grant, now))
}

/** From when on the refresh token may be presented again. */
function retryAt({ attempt }: Connected, { failure }: VaultOAuth2, ask: Ask): number {
  const cutOff = attempt ? attempt.startedAt + JOURNAL_DOUBT_SECONDS : 0
  const failed = failure && ask.because !== 'due' ? failure.at + SWEEP_PERIOD_SECONDS : 0
  return Math.max(cutOff, failed)
}

/** A token to hand out: the account as it rests (sealed), and why it is not as good as it should be. */
export interface Leased {
  account: VaultAccount
  degraded?: Degraded
}

export interface Degraded {
  reason: 'login_required' | 'refresh_failed' | 'shorter_than_asked' | 'object_unreachable'
  since: number
  detail: string
  retryAfter?: number
}

/** What came of an {@link Ask}: the decision, and why it could not be carried out, if so. */
export interface Course {
  decision: Decision
  trouble?: FailureData | undefined
}

/** What a caller gets after all that could be done was done: a token while X would accept one, else the reason. */
export function leaseOf(record: Connected, ask: Ask, now: number, course: Course): Result<Leased> {
  const grant = record.oauth2
  const refused = ask.because === 'rejected' && ask.generation === grant?.generation
  const others = grant?.ended?.reason === 'belongs_to_another'
  if (grant && grant.expiresAt > now && !refused && !others) {
    const degraded = whyDegraded(grant, ask, now, course)
    const account = vaultCopy(record)
    return { ok: true, value: { account, ...(degraded ? { degraded } : {}) } }
  }
  const login = whyLogin(grant, course)
  if (login) return failed('login_required', login)
  if (course.trouble) return { ok: false, failure: course.trouble }
  return failed('refresh_failed', grant?.failure?.words, wait(grant, course, now))
}

function whyDegraded(
  grant: VaultOAuth2,
  ask: Ask,
  now: number,
  course: Course,
): Degraded | undefined {
  if (grant.ended)
    return {
      reason: 'login_required',
      since: grant.ended.since,
      detail: WHY_LOGIN[grant.ended.reason],
    }
  const { trouble, decision } = course
  if (trouble)
    return { reason: 'refresh_failed', since: now, detail: trouble.detail ?? trouble.code }
  if (grant.failure) {
    const { at, words } = grant.failure
    const retryAfter = wait(grant, course, now)
    return { reason: 'refresh_failed', since: at, detail: words, retryAfter }
  }
  if (decision.do === 'wait') {
    const retryAfter = wait(grant, course, now)
    return {
      reason: 'refresh_failed',
      since: now,
      detail: 'The last refresh was cut off.',
      retryAfter,
    }
  }
  const since = grant.refreshedAt ?? Math.floor(grant.obtainedAtMs / 1000)
  if (decision.do === 'login')
    return { reason: 'login_required', since, detail: WHY_LOGIN[decision.reason] }
  if ('minTtl' in ask && grant.expiresAt - now < ask.minTtl)
    return { reason: 'shorter_than_asked', since, detail: 'X gave no longer-lived token.' }
  return undefined
}

function whyLogin(grant: VaultOAuth2 | undefined, { decision }: Course): string | undefined {
  if (grant?.ended) return WHY_LOGIN[grant.ended.reason]
  return decision.do === 'login' ? WHY_LOGIN[decision.reason] : undefined
}

/** Seconds until the refresh token is presented again: after a failure the next sweep at the latest, else at once. */
function wait(grant: VaultOAuth2 | undefined, { decision }: Course, now: number): number {
  const sweep = grant?.failure ? grant.failure.at + SWEEP_PERIOD_SECONDS : now
  return Math.max((decision.do === 'wait' ? decision.until : sweep) - now, 1)
}

/** Why only the user can help. */
const WHY_LOGIN = {
  no_grant: 'This account has no OAuth 2.0 grant.',
  no_refresh_token: 'It cannot be refreshed: offline.access was not granted.',
  belongs_to_another:
    'The imported token belongs to another X account than it was imported for, so it is not handed out.',
  refused_by_x:
    'X refused the refresh token. The user took the access away, logged in through another program ' +
    'with the same app, the token lapsed, or another program refreshed it.',
} as const

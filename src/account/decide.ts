/** What an account’s OAuth 2.0 grant needs now. No clock, no storage: the same input, the same answer. Times are Unix seconds. */
import { secondsOf } from '../clock'
import {
  BACK_OFF_MAX_SECONDS,
  DUE_BEFORE_EXPIRY_SECONDS,
  ENDED_RETRY_SECONDS,
  IDLE_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  LEASE_REFRESH_GAP_SECONDS,
  WELL_RETRY_SECONDS,
} from '../limits'
import type { RefreshPolicy } from '../setting-values'
import { dueAtOf, type Ended, type VaultOAuth2 } from '../store/vault'
import { exchangeDue } from './exchange'
import type { Connected, Exchange } from './record'

/** A reason to look at a grant, and what whoever asks has to say with it. */
export type LeaseRequest =
  /** A sweep that looked at this moment (Unix milliseconds) saw it due. */
  | { because: 'due'; sweptAtMs: number }
  /** A caller wants a token that lives at least `minTtl` seconds more. */
  | { because: 'lease'; minTtl: number }
  /** A caller wants such a token, and reports that X refused the access token of this generation. */
  | { because: 'rejected'; minTtl: number; generation: number }
  /** A caller wants a refresh now. */
  | { because: 'forced' }

/** A reason for which only a login helps. */
export type LoginReason = Ended['reason'] | 'no_grant'

/** What is to be done about a grant. Times are Unix seconds. */
export type Decision =
  | { do: 'nothing' }
  /** `forced`: by a caller, not because it is time. */
  | { do: 'refresh'; forced: boolean }
  /** The OAuth 1.0a token is exchanged for a new pair. */
  | { do: 'exchange'; forced: boolean }
  /** It is too early to present the refresh token (again). */
  | { do: 'wait'; until: number; why: WaitReason }
  | { do: 'login'; reason: LoginReason }

/** Whether X is to be asked now. */
export const isCall = (
  decision: Decision,
): decision is Extract<Decision, { do: 'refresh' | 'exchange' }> =>
  decision.do === 'refresh' || decision.do === 'exchange'

/** A reason for which the refresh token is not presented yet. */
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
  request: LeaseRequest,
  policy: RefreshPolicy,
  now: number,
): Decision {
  const grant = account.oauth2
  const exchange = exchangeDue(account, now)
  const isBegun = account.exchange !== undefined
  if (exchange && exchange !== 'often' && (isBegun || exchange.retryAt <= now))
    return exchanging(account, exchange, request, now)
  if (!grant) return { do: 'login', reason: 'no_grant' }
  const want = wanted(account, grant, request, policy, now)
  const isRetry = request.because === 'due' && want === 'in_time'
  if (grant.ended && !isRetry && !(want === 'forced' && mayTryEnded(grant, now)))
    return { do: 'login', reason: grant.ended.reason }
  if (want === 'no') return { do: 'nothing' }
  // An imported access token without a refresh token is no dead end when it expires, or X refuses it: the grant before it
  // comes back.
  const isRefused = request.because === 'rejected' && request.generation === grant.generation
  const givesWay = account.formers !== undefined && (grant.expiresAt <= now || isRefused)
  if (!grant.refreshToken && !givesWay) return { do: 'login', reason: 'no_refresh_token' }
  return (
    waiting(account, grant.failure?.retryAt, want === 'forced', now) ?? {
      do: 'refresh',
      forced: want === 'forced',
    }
  )
}

/** Whoever asks, an exchange that is due is made: without it no refresh brings a pair. */
function exchanging(
  account: Connected,
  { retryAt }: Exchange,
  request: LeaseRequest,
  now: number,
): Decision {
  if (request.because === 'due' && request.sweptAtMs <= (account.triedAtMs ?? 0))
    return { do: 'nothing' }
  const forced = request.because === 'forced'
  return waiting(account, retryAt, forced, now) ?? { do: 'exchange', forced }
}

/**
 * Whether the sweep's time for a grant has come; null is never due. A policy holds for what was sealed under one that waits
 * longer as well: only that is due further away than any wait after a failure. One that has ended has times of its own.
 */
export function isDue(
  { dueAt, expiresAt, ended }: { dueAt: number | null; expiresAt: number | null; ended?: unknown },
  policy: RefreshPolicy,
  now: number,
): boolean {
  if (dueAt === null) return false
  if (ended !== undefined || dueAt - now <= BACK_OFF_MAX_SECONDS) return now >= dueAt
  return expiresAt !== null && now >= expiresAt + dueAfterExpiry(policy)
}

/** How long after its expiry a grant is due at the latest, whatever policy it was sealed under; seconds, below 0: before it. */
function dueAfterExpiry(policy: RefreshPolicy): number {
  if (policy === 'warm') return -DUE_BEFORE_EXPIRY_SECONDS
  return policy === 'auto' ? IDLE_SECONDS : policy.lazySeconds
}

function wanted(
  account: Connected,
  grant: VaultOAuth2,
  request: LeaseRequest,
  policy: RefreshPolicy,
  now: number,
): 'no' | 'in_time' | 'forced' {
  if (request.because === 'forced') return 'forced'
  // A hint from before the last attempt, or one delivered twice, says nothing new.
  if (request.because === 'due')
    return isDue({ ...grant, dueAt: dueAtOf(grant) }, policy, now) &&
      request.sweptAtMs > (account.triedAtMs ?? 0)
      ? 'in_time'
      : 'no'
  if (request.because === 'rejected' && request.generation === grant.generation) return 'forced'
  const left = grant.expiresAt - now
  if (left <= 0) return 'in_time'
  if (now - (grant.refreshedAt ?? 0) < LEASE_REFRESH_GAP_SECONDS) return 'no'
  if (isDue(grant, policy, now)) return 'in_time'
  return left < request.minTtl && grant.refreshToken !== undefined ? 'forced' : 'no'
}

/**
 * Whether a forced refresh may present the token of a grant that ended. X's refusal may have been a passing error of X,
 * so trying once an hour is worth it; more often is not, since a token that another program spent is refused each time.
 */
function mayTryEnded({ ended, refreshToken }: VaultOAuth2, now: number): boolean {
  if (!ended || !refreshToken || ended.reason === 'belongs_to_another') return false
  return now >= (ended.triedAt ?? ended.since) + ENDED_RETRY_SECONDS
}

/**
 * A wait that need not be sat out: its caller has no token, and the failure may be of a trouble that is over at X. Given is
 * when that failure came (Unix seconds): X has to have answered others since. Undefined: it is waited for.
 */
export function waitsInVain(
  { oauth2, attempt, exchange, triedAtMs = 0 }: Connected,
  decision: Decision,
  now: number,
): number | undefined {
  const { failure, expiresAt = 0 } = oauth2 ?? {}
  if (decision.do !== 'wait' || decision.why !== 'failed' || !failure) return undefined
  // A call is under way, or was when its object died, however long the wait after the one before.
  // An exchange keeps its own distance.
  if (attempt || exchange) return undefined
  // What X itself asked to wait for is waited for.
  if (expiresAt > now || failure.code === 'later') return undefined
  // The call of an object that died may still run at X.
  const calledAt = secondsOf(triedAtMs)
  const free =
    calledAt < failure.at ? calledAt + JOURNAL_DOUBT_SECONDS : failure.at + WELL_RETRY_SECONDS
  return now >= free ? failure.at : undefined
}

/** The longest of the waits that keep a token from being presented; undefined: it may be presented now. */
function waiting(
  { attempt, forced }: Connected,
  retryAt: number | undefined,
  isForced: boolean,
  now: number,
): Decision | undefined {
  const waits: { until: number; why: WaitReason }[] = [
    { why: 'interrupted', until: attempt ? attempt.startedAt + JOURNAL_DOUBT_SECONDS : 0 },
    { why: 'failed', until: retryAt ?? 0 },
    { why: 'limited', until: isForced && forced ? forced.at + forced.gap : 0 },
  ]
  const longest = waits.reduce((a, b) => (b.until > a.until ? b : a))
  return now < longest.until ? { do: 'wait', ...longest } : undefined
}

import { secondsOf } from '../clock'
import { type FailureData, failed, type Result } from '../failure'
import type { VaultAccount, VaultOAuth2 } from '../store/vault'
import type { Decision, LeaseRequest, LoginReason } from './decide'
import { endInWords } from './ended-at-x'
import { vaultCopy } from './fields'
import type { Connected } from './record'

/** A token to hand out: the account as it rests (sealed), and why it is not as good as it should be. */
export interface Leased {
  account: VaultAccount
  degraded?: Degraded
}

/** Why a token that is handed out is not as good as it should be. Times are Unix seconds. */
export interface Degraded {
  reason:
    | 'login_required'
    | 'suspected'
    | 'refresh_failed'
    | 'refresh_in_doubt'
    | 'refresh_limited'
    | 'app_halted'
    | 'refreshes_frozen'
    | 'shorter_than_asked'
    | 'object_unreachable'
    | 'delete_unfinished'
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
  request: LeaseRequest,
  now: number,
  attempt: LeaseAttempt,
): Result<Leased> {
  const grant = record.oauth2
  const refused = request.because === 'rejected' && request.generation === grant?.generation
  const others = grant?.ended?.reason === 'belongs_to_another'
  if (grant && grant.expiresAt > now && !refused && !others) {
    const degraded = whyDegraded(record, grant, request, now, attempt)
    const account = vaultCopy(record)
    return { ok: true, value: { account, ...(degraded ? { degraded } : {}) } }
  }
  if (attempt.trouble) return { ok: false, failure: attempt.trouble }
  const login = whyLogin(grant, attempt)
  if (login) return failed('login_required', WHY_LOGIN[login])
  const { decision } = attempt
  if (decision.do === 'wait' && decision.why === 'limited')
    return failed('refresh_limited', undefined, decision.until - now)
  return failed('refresh_failed', grant?.failure?.message, retryAfterOf(grant, attempt, now))
}

function whyDegraded(
  account: Connected,
  grant: VaultOAuth2,
  request: LeaseRequest,
  now: number,
  attempt: LeaseAttempt,
): Degraded | undefined {
  const { trouble, decision } = attempt
  const login = whyLogin(grant, attempt)
  const since = grant.refreshedAt ?? secondsOf(grant.obtainedAtMs)
  if (login)
    return {
      reason: 'login_required',
      since: grant.ended?.since ?? since,
      detail: WHY_LOGIN[login],
    }
  if (grant.endedAtX)
    return {
      reason: 'delete_unfinished',
      since: grant.endedAtX.since,
      detail: endInWords(grant.endedAtX),
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
      detail: [message, account.exchange?.heals ? HEALING : '', account.inDoubt ? MAYBE_OVER : '']
        .filter((sentence) => sentence !== '')
        .join(' '),
      retryAfter: retryAfterOf(grant, attempt, now),
    }
  }
  if (decision.do === 'wait')
    return {
      reason: 'refresh_in_doubt',
      since: account.attempt?.startedAt ?? now,
      detail: `The last refresh was cut off. ${MAYBE_OVER}`,
      retryAfter: retryAfterOf(grant, attempt, now),
    }
  if ('minTtl' in request && grant.expiresAt - now < request.minTtl)
    return { reason: 'shorter_than_asked', since, detail: 'X gave no longer-lived token.' }
  return undefined
}

/** X may end the access token with the refresh that brings the next one. */
const MAYBE_OVER =
  'If X acted on that call, it may have ended the access token from before it as well.'

const LIMITED = 'Refreshes on demand keep a distance of one to fifteen minutes.'

function reasonOf({ status, inDoubt }: Connected): Degraded['reason'] {
  if (status === 'suspected') return 'suspected'
  return inDoubt ? 'refresh_in_doubt' : 'refresh_failed'
}

/** Why no attempt was made at all. */
function troubled({ code, detail, retryAfter }: FailureData): Omit<Degraded, 'since'> {
  return {
    reason: code === 'app_halted' || code === 'refreshes_frozen' ? code : 'refresh_failed',
    detail: detail ?? code,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

function whyLogin(
  grant: VaultOAuth2 | undefined,
  { decision }: LeaseAttempt,
): LoginReason | undefined {
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

const HEALING = 'Perch is getting a new pair in exchange for the OAuth 1.0a token.'

/** Why only the user can help. */
export const WHY_LOGIN: Record<LoginReason, string> = {
  no_grant: 'This account has no OAuth 2.0 grant.',
  no_refresh_token: 'It cannot be refreshed: offline.access was not granted.',
  belongs_to_another:
    'The imported token belongs to another X account than it was imported for, so it is not handed out.',
  refresh_reply_lost:
    'X refused the refresh token after a call whose answer got lost: the new tokens were in that answer, and X may have ' +
    'ended the access token from before it as well.',
  another_program:
    'X ended the grant again and again, and Perch got a new pair by exchange each time, three times in a day: another ' +
    'program exchanges or refreshes with the same app and user. Stop it there, then log in again, or POST …/exchange.',
  revoked_by_user:
    'The user took the access away at X, as X has told, and X refuses the refresh token since. X has ended the access ' +
    'token as well, or will.',
  ended_by_delete:
    'A DELETE had ended the refresh token at X, or had asked X to, and X did not confirm all of it, so the account ' +
    'stayed here. Repeat the DELETE, or log in again.',
  refused_by_x:
    'X refused the refresh token, and does not say why. The user took the access away, logged in through another program ' +
    'with the same app, the token lapsed, another program refreshed it, or something between Perch and X sent the call ' +
    'twice, so that the new tokens were in an answer that never came. X may have ended the access token as well.',
}

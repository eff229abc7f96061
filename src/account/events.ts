/** What others are told of an account: the events between one record and the next. Plain data in, plain data out. */
import type { EventData, Happening } from '../events/event'
import type { LoginNeeded } from '../failure'
import { DEGRADED_AFTER_SECONDS } from '../limits'
import { grantsOf } from '../store/vault'
import { isImport } from './adoption'
import { WHY_LOGIN } from './lease-outcome'
import { newlyLost } from './lost-scopes'
import { type AccountRecord, type Connected, isTombstone, type Level } from './record'

/** Where somebody logs in who brings what is missing; undefined: no such login is offered to browsers. */
export type LoginAddress = (needed: LoginNeeded) => string | undefined

/**
 * How an account is, as far as others are told; undefined: too early to say, so that what they were told last still holds. A
 * refusal that is suspected, or that an exchange is healing, is neither an end nor a recovery.
 */
export function levelOf(record: Connected): Level | undefined {
  const { status, oauth1, oauth2, exchange } = record
  if (!oauth2) return oauth1?.ended ? 'login_required' : 'ok'
  if (oauth2.ended) return status === 'suspected' ? undefined : 'login_required'
  const { failure } = oauth2
  const since = exchange?.heals ? exchange.since : (failure?.since ?? failure?.at ?? 0)
  // A grant of another app than the one of the settings is not even tried.
  const isLong =
    failure?.code === 'app_changed' || (failure?.at ?? 0) - since >= DEGRADED_AFTER_SECONDS
  if (failure && isLong) return 'degraded'
  // In doubt without a failure is what came from another deployment: it works.
  if (status !== 'ok' || failure || exchange?.heals) return undefined
  return oauth1?.ended ? 'oauth1_ended' : 'ok'
}

/** The record that others are told of, with what they are told noted in it; the very same one where there is no news. */
export function withTold<R extends AccountRecord>(before: AccountRecord | undefined, after: R): R {
  if (isTombstone(after)) return after
  const told = levelOf(after) ?? toldOf(before)
  return told === (after.told ?? 'ok') ? after : { ...after, told }
}

const toldOf = (record: AccountRecord | undefined): Level =>
  record && !isTombstone(record) ? (record.told ?? 'ok') : 'ok'

/**
 * The events of a change. Exhaustive: what is not here is nobody's business, a rotation for one.
 *
 * @param before - the record until then; undefined: nothing was known of the account
 * @param after - as {@link withTold} gives it.
 */
export function eventsOf(
  before: AccountRecord | undefined,
  after: AccountRecord,
  loginAddress: LoginAddress,
): Happening[] {
  const was = before && !isTombstone(before) ? before : undefined
  if (isTombstone(after)) {
    if (!was) return []
    const data = { account: accountOf(was), grants: grantsOf(was), by: 'delete' }
    return [{ type: 'account.disconnected', data }]
  }
  const account = accountOf(after)
  const about = (data: EventData): EventData => ({ account, ...data })
  const happenings: Happening[] = []
  const { oauth2 } = after
  if (!was) {
    const scope = oauth2 ? { scope: oauth2.scope } : {}
    const data = about({ grants: grantsOf(after), ...scope, by: broughtBy(undefined, after) })
    happenings.push({ type: 'account.connected', data })
  } else if (was.username !== after.username)
    happenings.push({
      type: 'account.renamed',
      data: about({ from: was.username, to: after.username }),
    })
  if (was && oauth2) {
    const isReduced = newlyLost(was.oauth2, oauth2).length > 0
    if (isReduced || newlyLost(oauth2, was.oauth2).length > 0)
      happenings.push({
        type: `account.scope_${isReduced ? 'reduced' : 'restored'}`,
        data: about({ lost_scopes: oauth2.lostScopes ?? [], scope: oauth2.scope }),
      })
  }
  const told = toldOf(after)
  if (told === toldOf(was)) return happenings
  if (told === 'ok')
    happenings.push({ type: 'account.recovered', data: about({ by: broughtBy(was, after) }) })
  if (told === 'degraded' || told === 'oauth1_ended') happenings.push(degraded(after, about))
  if (told === 'login_required') happenings.push(loginRequired(after, about, loginAddress))
  return happenings
}

type About = (data: EventData) => EventData

const USER_TOKEN_ENDED = 'X refused the OAuth 1.0a token.'

function degraded({ oauth2, inDoubt }: Connected, about: About): Happening {
  const { failure, expiresAt = 0 } = oauth2 ?? {}
  if (!failure)
    return {
      type: 'account.degraded',
      data: about({ reason: 'oauth1_ended', message: USER_TOKEN_ENDED }),
    }
  const reason = inDoubt ? 'refresh_in_doubt' : 'refresh_failed'
  const data = { reason, message: failure?.message ?? '', until: expiresAt }
  return { type: 'account.degraded', data: about(data) }
}

function loginRequired(
  { oauth1, oauth2, username }: Connected,
  about: About,
  loginAddress: LoginAddress,
): Happening {
  const kind = oauth2 ? 'oauth2' : 'oauth1'
  const { reason = 'refused_by_x' } = (oauth2 ?? oauth1)?.ended ?? {}
  const url = loginAddress(oauth2 ? { kind } : { kind, username })
  return {
    type: 'account.login_required',
    data: about({
      grant: kind,
      reason,
      message: oauth2 ? WHY_LOGIN[reason] : USER_TOKEN_ENDED,
      ...(url === undefined ? {} : { login_url: url }),
      ...(oauth2 ? { access_token_expires_at: oauth2.expiresAt } : {}),
    }),
  }
}

/** What brought an account, or brought it back. */
function broughtBy(
  before: Connected | undefined,
  after: Connected,
): 'login' | 'import' | 'restore' | 'exchange' | 'refresh' | 'delete' {
  const last = after.logins.at(-1)
  if (last !== undefined && last !== before?.logins.at(-1))
    return isImport(last) ? 'import' : 'login'
  if (!before) return 'restore'
  if (grantsOf(after).length < grantsOf(before).length) return 'delete'
  const attempt = before.attempt ?? before.inDoubt?.attempt
  return attempt ? (attempt.by ?? 'refresh') : 'import'
}

const accountOf = ({ id, username }: Connected): { id: string; username: string } => ({
  id,
  username,
})

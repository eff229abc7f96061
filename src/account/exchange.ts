/**
 * The exchange of an account’s OAuth 1.0a token for a new pair: when one is due, and how each step of it changes the record.
 * It is the one call for tokens that may be repeated when its answer got lost. Plain data in, plain data out.
 */
import { DAY_SECONDS, secondsOf } from '../clock'
import type { FailureData } from '../failure'
import {
  ANSWERED_DOUBT_SECONDS,
  CALL_DOUBT_SECONDS,
  HEAL_GAP_SECONDS,
  HEALS_A_DAY,
  JOURNAL_DOUBT_SECONDS,
  ROTATIONS_REMEMBERED,
} from '../limits'
import { scopeWords } from '../scopes'
import type { Ended, RefreshFailure, VaultOAuth1, VaultOAuth2 } from '../store/vault'
import type { NoPair, RefreshAnswer, Rotation } from './answer'
import { backOff, failingSince, laterAt, nextForced } from './backoff'
import { heldBefore, lostScopes } from './lost-scopes'
import { type Attempt, type Connected, type Exchange, generationOf, nextGeneration } from './record'
import { askedBySignature, pairLeftToAsk, revocationLeft } from './revoked'

/** Ends of a pair that an exchange heals: X's alone. What was ended here on purpose, or is another user's, stays so. */
const HEALED: readonly Ended['reason'][] = [
  'refused_by_x',
  'refresh_reply_lost',
  'another_program',
  'revoked_by_user',
]

/** Whether the account has an OAuth 1.0a token that X may exchange. One that was brought unconfirmed is confirmed by that. */
export const canExchange = ({ oauth1, disconnecting, endingGrant }: Connected): boolean =>
  oauth1 !== undefined &&
  !oauth1.ended &&
  !oauth1.endedAtX &&
  !disconnecting &&
  endingGrant === undefined

/** The scopes that an account had, those that it lost included: an exchange may bring them back. */
export function scopeHeld(record: Connected): string {
  const before = heldBefore(record)
  return scopeWords([before?.scope ?? '', ...(before?.lostScopes ?? [])]).join(' ')
}

/** What a record keeps of an exchange that it drops: X may be at it yet, and two at once end each other's pairs. */
export function stillAtX({
  attempt,
  inDoubt,
  exchange,
  triedAtMs = 0,
  exchangeUntil = 0,
}: Partial<Connected>): Pick<Connected, 'exchangeUntil'> {
  const missing = attempt ?? inDoubt?.attempt
  const until = Math.max(
    missing?.by ? missing.startedAt + JOURNAL_DOUBT_SECONDS : 0,
    exchange?.isUnsure ? secondsOf(triedAtMs) + CALL_DOUBT_SECONDS : 0,
    exchangeUntil,
  )
  return until > 0 ? { exchangeUntil: until } : {}
}

/**
 * The exchange that is to be made for this account without anybody's asking: one that was begun, or one that heals a pair
 * that X has ended. Undefined: none. `often`: it was healed so often in a day that another program must be ending its pairs.
 */
export function exchangeDue(record: Connected, now: number): Exchange | 'often' | undefined {
  if (record.exchange) return record.exchange
  const { ended } = record.oauth2 ?? {}
  if (!ended || !HEALED.includes(ended.reason) || !canExchange(record)) return undefined
  const lately = healsOf(record, now)
  if (lately.length >= HEALS_A_DAY) return 'often'
  const retryAt = Math.max(now, (lately.at(-1) ?? 0) + HEAL_GAP_SECONDS, record.exchangeUntil ?? 0)
  return { heals: ended.reason, scope: scopeHeld(record), since: now, tries: 0, retryAt }
}

const healsOf = ({ healedAt = [] }: Connected, now: number): number[] =>
  healedAt.filter((at) => at > now - DAY_SECONDS)

/** A record whose pair X has ended, about to be healed where it can be; else the same, or that another program ends its pairs. */
export function healing(record: Connected, now: number): Connected {
  const due = exchangeDue(record, now)
  const { oauth2, attempt } = record
  // A refresh under way says first whether X was wrong. An exchange that somebody asked for heals nothing, and goes on.
  if (!due || attempt || !oauth2?.ended) return record
  const { ended, ...grant } = oauth2
  // Whom a user's own word explains, nobody else ended.
  if (due === 'often' && ended.reason === 'revoked_by_user') return record
  if (due === 'often')
    return { ...record, oauth2: { ...grant, ended: { ...ended, reason: 'another_program' } } }
  const failure = { ...grant.failure!, retryAt: due.retryAt }
  return {
    ...record,
    status: 'ok',
    exchange: due,
    oauth2: { ...grant, failure, ...dueWith(grant, due.retryAt) },
  }
}

/** A wish of somebody for an exchange. */
export interface ExchangeRequest {
  /** What the pair shall be good for, X's scopes with spaces between; absent: what the account had. */
  scope?: string | undefined
  /** Whether a grant that works gives way to it. */
  replace: boolean
}

/** Whether the account has an OAuth 2.0 grant that works, as far as is known. `now` is Unix seconds. */
export const hasWorking = ({ oauth2, exchange, inDoubt }: Connected, now: number): boolean =>
  oauth2 !== undefined &&
  !oauth2.ended &&
  !exchange?.heals &&
  !inDoubt &&
  (oauth2.refreshToken !== undefined || oauth2.expiresAt > now)

/**
 * The record with the journal of an exchange that is about to leave.
 *
 * @param isAsked - somebody asks for it: it does not count among those that the account made by itself.
 */
export function exchangeBegun(
  record: Connected,
  due: Exchange,
  attempt: Attempt,
  isAsked: boolean,
): Connected {
  const since = record.inDoubt?.since ?? record.attempt?.startedAt
  const healedAt = [...healsOf(record, attempt.startedAt), attempt.startedAt]
  const { oauth2 } = record
  const before: Connected =
    due.heals && oauth2?.ended ? healing({ ...record, exchange: due }, attempt.startedAt) : record
  return {
    ...before,
    exchange: due,
    attempt,
    ...(since === undefined ? {} : { inDoubt: { since } }),
    ...(due.heals && due.tries === 0 && !isAsked ? { healedAt } : {}),
    ...(isAsked ? { forced: nextForced(record.forced, attempt.startedAt) } : {}),
  }
}

/** Until when an exchange that somebody asks for must not leave (Unix seconds), and what they are told. */
export function exchangeWait(
  record: Connected,
  now: number,
): { until: number; why: 'refresh_failed' | 'refresh_limited' } {
  const { attempt, inDoubt, oauth2, exchange, forced } = record
  const missing = attempt ?? inDoubt?.attempt
  const { failure } = oauth2 ?? {}
  const running = Math.max(
    missing ? missing.startedAt + JOURNAL_DOUBT_SECONDS : 0,
    failure?.code === 'unknown' ? failure.at + CALL_DOUBT_SECONDS : 0,
    exchange?.isUnsure && !oauth2 ? exchange.retryAt : 0,
    record.exchangeUntil ?? 0,
  )
  if (running > now) return { until: running, why: 'refresh_failed' }
  return { until: forced ? forced.at + forced.gap : 0, why: 'refresh_limited' }
}

/** What somebody is told whose exchange brought no pair. */
export function exchangeRefusal(
  said: NoPair | undefined,
  { exchange }: Connected,
  now: number,
): FailureData {
  switch (said?.kind) {
    case 'refused':
      return { code: 'login_required', detail: `X refused the OAuth 1.0a token. ${said.message}` }
    case 'unavailable':
      return { code: 'exchange_unavailable', detail: said.message }
    case 'later':
      return { code: 'x_rate_limited', detail: said.message, retryAfter: said.retryAfter }
    case 'unknown': {
      const detail = `${said.message} Perch asks X again by itself.`
      const retryAfter = Math.max((exchange?.retryAt ?? now) - now, 1)
      return { code: 'refresh_failed', detail, retryAfter }
    }
    default:
      return { code: 'exchange_refused', ...(said ? { detail: said.message } : {}) }
  }
}

/** The exchange that somebody asks for now, in the place of one that waits. */
export function askedFor(record: Connected, scope: string | undefined, now: number): Exchange {
  const pending = exchangeDue(record, now)
  const { ended } = record.oauth2 ?? {}
  const heals = pending === 'often' ? ended?.reason : pending?.heals
  const unsure = record.exchange?.isUnsure ? { isUnsure: true as const } : {}
  const asked = scope ?? scopeHeld(record)
  return {
    ...(heals ? { heals } : {}),
    scope: asked,
    since: now,
    tries: 0,
    retryAt: now,
    ...unsure,
  }
}

/** The record after X’s answer to an exchange. `nowMs` is Unix milliseconds, `random` 0 to 1. */
export function exchanged(
  record: Connected,
  answer: RefreshAnswer,
  nowMs: number,
  random: number,
): Connected {
  const now = secondsOf(nowMs)
  const { attempt, ...before } = record
  const rest = { ...before, triedAtMs: nowMs }
  if ('rotation' in answer) return renewed(rest, attempt!, answer.rotation, now)
  const { kind, message } = answer
  const failure = { code: kind, message, at: now }
  switch (kind) {
    case 'refused':
      return answer.what === 'token'
        ? refusedByX(rest, now)
        : exchangePostponed(rest, failure, random)
    case 'unavailable':
      return withoutExchange(rest, now)
    case 'app':
      // The app's object finds out whom X means.
      return isToBeMade(rest.exchange) ? rest : withoutExchange(rest, now)
    case 'later':
      return exchangePostponed(rest, failure, random, laterAt(now, answer.retryAfter, random))
    case 'declined':
    case 'not_sent':
      return exchangePostponed(rest, failure, random)
    case 'unknown': {
      const { exchange, inDoubt } = rest
      const since = inDoubt?.since ?? attempt!.startedAt
      const unsure: Connected = {
        ...rest,
        inDoubt: { since },
        ...(exchange ? { exchange: { ...exchange, isUnsure: true } } : {}),
      }
      // X had begun to answer, so its call is over, and soon is early enough; once.
      const isSoon = answer.cut && exchange?.tries === 0
      const soonAt = Math.ceil(nowMs / 1000) + ANSWERED_DOUBT_SECONDS
      return exchangePostponed(unsure, failure, random, isSoon ? soonAt : undefined)
    }
  }
}

/** The new pair stands in the place of the former one, which X has ended; that the OAuth 1.0a token is this user's is sure now. */
function renewed(record: Connected, attempt: Attempt, rotation: Rotation, now: number): Connected {
  const {
    exchange,
    inDoubt: _,
    refusalRetracted: __,
    synced: ___,
    formers: ____,
    ...before
  } = record
  const { revokedAtX: ______, ...rest } = before
  const { failure, rotatedAt = [], clientId = '' } = record.oauth2 ?? {}
  const { unconfirmed: _____, ...oauth1 } = record.oauth1 ?? {}
  const scope = rotation.scope ?? exchange?.scope ?? ''
  const lately = rotatedAt.filter((at) => at > now - DAY_SECONDS)
  return {
    ...rest,
    ...revocationLeft(record, attempt.id),
    status: 'ok',
    ...(record.oauth1 ? { oauth1: oauth1 as VaultOAuth1 } : {}),
    oauth2: {
      clientId,
      ...rotation,
      scope,
      ...lostScopes(heldBefore(record), scope),
      obtainedAtMs: attempt.startedAt * 1000,
      generation: nextGeneration(generationOf(record), now),
      refreshedAt: now,
      rotatedAt: [...lately, now].slice(-ROTATIONS_REMEMBERED),
      ...(failure
        ? { lastFailure: { code: failure.code, message: failure.message, at: failure.at } }
        : {}),
    },
  }
}

/** Whether an exchange is made again after it brought nothing; else only whoever asked for it has to know. */
const isToBeMade = (exchange: Exchange | undefined): boolean =>
  exchange?.heals !== undefined || exchange?.isUnsure === true

/** An exchange that brought nothing is made again, if it heals or X may have acted; else only its caller has to know. */
export function exchangePostponed(
  record: Connected,
  failure: RefreshFailure,
  random: number,
  at?: number,
): Connected {
  const { exchange, oauth2 } = record
  if (!exchange || !isToBeMade(exchange)) return withoutExchange(record, failure.at)
  const tries = exchange.tries + 1
  const retryAt = at ?? failure.at + backOff(tries, random, failure.code === 'unknown')
  const noted = { ...failure, tries, retryAt, ...(oauth2 ? failingSince(oauth2) : {}) }
  const next: Connected = {
    ...record,
    exchange: { ...exchange, tries, retryAt },
    ...(oauth2 ? { oauth2: { ...oauth2, ...dueWith(oauth2, retryAt), failure: noted } } : {}),
  }
  // X may go on like this for long, and says nothing of the token; once is enough.
  const isNews = failure.code !== oauth2?.failure?.code
  return isNews && MAKES_NONE.has(failure.code) ? askedBySignature(next, failure.at) : next
}

/** X's noes to an exchange that are none to the token. */
const MAKES_NONE: ReadonlySet<string> = new Set(['app', 'declined'])

/** X takes the OAuth 1.0a token no more, whatever it is shown with. */
export function refusedByX(record: Connected, now: number): Connected {
  const { oauth1, exchange, revokedAtX, ...rest } = record
  // X itself has said who did it.
  const isUser = revokedAtX !== undefined || exchange?.heals === 'revoked_by_user'
  const ended = { reason: isUser ? 'revoked_by_user' : 'refused_by_x', since: now } as const
  const without = { ...rest, ...(exchange ? { exchange } : {}) }
  const next = { ...without, ...(oauth1 ? { oauth1: { ...oauth1, ended } } : {}) }
  return pairLeftToAsk(withoutExchange(next, now), revokedAtX)
}

/**
 * The record whose exchange is given up: a pair that it was to heal has ended, and one that X may have ended meanwhile is due,
 * so that X says so. The answer to one that is under way is taken all the same, as long as no other attempt begins.
 */
export function withoutExchange(record: Connected, now: number): Connected {
  const { exchange, inDoubt, attempt, ...others } = record
  if (!exchange) return record
  const rest: Connected = attempt && !attempt.by ? { ...others, attempt } : others
  const { oauth2 } = record
  if (!oauth2) return rest
  const doubt = inDoubtWith(attempt, inDoubt)
  if (exchange.heals && !oauth2.ended) {
    const ended = { reason: exchange.heals, since: exchange.since, triedAt: now }
    return { ...rest, ...doubt, status: 'login_required', oauth2: { ...oauth2, ended } }
  }
  if (!exchange.isUnsure && !attempt?.by) return { ...rest, ...doubt }
  return { ...rest, ...doubt, oauth2: { ...oauth2, ...dueWith(oauth2, now) } }
}

/** The doubt that is left where an attempt is not waited for any more. */
function inDoubtWith(
  attempt: Attempt | undefined,
  inDoubt: Connected['inDoubt'],
): Pick<Connected, 'inDoubt'> {
  if (!attempt?.by) return inDoubt ? { inDoubt } : {}
  return { inDoubt: { since: inDoubt?.since ?? attempt.startedAt, attempt } }
}

/** What can be refreshed is due then; what cannot stays as it is. */
const dueWith = (
  { refreshToken }: Pick<VaultOAuth2, 'refreshToken'>,
  dueAt: number,
): { dueAt?: number } => (refreshToken === undefined ? {} : { dueAt })

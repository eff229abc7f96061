/** What becomes of the answers to a login (pure): which are sent to X, and what each brought. */
import type { AccountView } from '../account/view'
import { Failure, type FailureData } from '../failure'
import {
  CODE_TRIES,
  EXCHANGE_LOST_SECONDS,
  IDENTITY_RETRY_SECONDS,
  LOGIN_ANSWERS_MAX,
  STILL_UNDER_WAY_SECONDS,
} from '../limits'
import type { UnadoptedGrant } from './grant'
import type { PendingLogin } from './pending'
import type { AnswerOutcome, LoginRecord, LoginResult, SentAnswer, WrongAccount } from './record'

/** An answer that somebody brings. */
export interface BroughtAnswer {
  mark: string
  proofHash: string
  isCreator: boolean
  /** Seconds for which X takes it, counted from when it was first sent. */
  livesSeconds: number
}

/** What is to be done with an answer that is brought. */
export type Admission =
  /** X is sent it. `before` is what is known of it from earlier calls. */
  | { act: 'send'; before: SentAnswer | undefined }
  /** X gave a grant for it, and the login's result says how far that is. */
  | { act: 'follow'; mark: string }
  /** It was sent before, and will not be sent again: it brings nothing. */
  | { act: 'end'; failure: FailureData }
  | { act: 'refuse'; failure: FailureData }

/** The record of a login of which the first answer arrives. */
export function newLogin(id: string, pending: PendingLogin): LoginRecord {
  const { creator, returnTo, expiresAt, loginApp } = pending
  return {
    id,
    expiresAt,
    ...(creator ? { creator } : {}),
    ...(returnTo === undefined ? {} : { returnTo }),
    ...(pending.identityOnly ? { identityOnly: true } : {}),
    ...(loginApp === undefined ? {} : { loginApp }),
    ...(pending.exchange ? { exchange: pending.exchange } : {}),
    answers: [],
    grants: [],
    result: { stage: 'open' },
  }
}

/**
 * Decides about an answer. One that is known is never a second call, except where the first one's outcome was lost and
 * it still lives; a new one is sent, unless X took one of another browser already.
 *
 * @param now - Unix seconds.
 */
export function admit(
  { answers, result }: LoginRecord,
  { mark, proofHash, isCreator, livesSeconds }: BroughtAnswer,
  now: number,
): Admission {
  const known = answers.find((answer) => answer.mark === mark || answer.mark === '')
  if (!known) {
    const isTaken = result.stage === 'complete' || result.stage === 'waiting'
    if (isTaken && !isCreator && result.proofHash !== proofHash) return refuse('login_taken')
    if (answers.length >= LOGIN_ANSWERS_MAX) return refuse('login_used_up')
    return { act: 'send', before: undefined }
  }
  const { outcome, doubts } = known
  if (outcome.stage === 'taken') return { act: 'follow', mark: known.mark }
  if (outcome.stage === 'spent') return { act: 'refuse', failure: outcome.failure }
  if (mayBeSent(known, livesSeconds, now)) return { act: 'send', before: known }
  return { act: 'end', failure: new Failure(doubts > 0 ? 'login_reply_lost' : 'code_expired').data }
}

const refuse = (code: 'login_taken' | 'login_used_up') =>
  ({ act: 'refuse', failure: new Failure(code).data }) as const

/** Whether X may be sent an answer again: it lives, and not too many calls went unanswered. */
export const mayBeSent = (
  { sentAt, doubts }: SentAnswer,
  livesSeconds: number,
  now: number,
): boolean => doubts < CODE_TRIES && now < sentAt + livesSeconds

/** The record with the call that is about to be made; it is written before the call leaves. */
export function sending(
  record: LoginRecord,
  { mark, proofHash }: Pick<BroughtAnswer, 'mark' | 'proofHash'>,
  now: number,
): LoginRecord {
  const known = sentAnswer(record, mark)
  const answer: SentAnswer = {
    mark,
    proofHash: known?.proofHash ?? proofHash,
    sentAt: known?.sentAt ?? now,
    lastSentAt: now,
    doubts: (known?.doubts ?? 0) + 1,
    outcome: { stage: 'sent' },
  }
  const others = record.answers.filter((each) => each.mark !== mark)
  // An answer keeps its place: the newest good one wins.
  const answers = known
    ? record.answers.map((each) => (each.mark === mark ? answer : each))
    : [...others, answer]
  return { ...record, answers }
}

/** The answer of this mark. */
export const sentAnswer = ({ answers }: LoginRecord, mark: string): SentAnswer | undefined =>
  answers.find((answer) => answer.mark === mark)

/** The record after X did not act on an answer, for a reason that passes: it may be sent again. */
export function unused(record: LoginRecord, mark: string, failure: FailureData): LoginRecord {
  const next = withOutcome(record, mark, { stage: 'unused' })
  const answers = next.answers.map((each) =>
    each.mark === mark ? { ...each, doubts: Math.max(each.doubts - 1, 0) } : each,
  )
  const { result } = record
  return { ...next, answers, result: result.stage === 'open' ? { stage: 'open', failure } : result }
}

/** The record after an answer turned out to bring nothing. A PIN that was mistyped leaves the login open. */
export function spent(
  record: LoginRecord,
  mark: string,
  failure: FailureData,
  isOpen = false,
): LoginRecord {
  const next = withOutcome(record, mark, { stage: 'spent', failure })
  if (isOpen && record.result.stage === 'open')
    return { ...next, result: { stage: 'open', failure } }
  return ended(next, { proofHash: sentAnswer(record, mark)?.proofHash ?? '', failure })
}

/** The record after an answer brought a grant, which nobody has yet. `now` is Unix seconds. */
export function granted(
  record: LoginRecord,
  mark: string,
  grant: UnadoptedGrant,
  now: number,
): LoginRecord {
  const held = {
    ...grant,
    mark,
    way: 'to its account',
    tries: 0,
    nextAt: now + IDENTITY_RETRY_SECONDS,
  } as const
  const next = withOutcome(record, mark, { stage: 'taken' })
  return waiting({ ...next, grants: [...next.grants, held] }, mark, STILL_ASKED)
}

const STILL_ASKED = new Failure(
  'login_unfinished',
  'X has not said yet whose it is.',
  STILL_UNDER_WAY_SECONDS,
).data

/** The record while it is not known whose an answer's grant is. What stands already stays. */
export function waiting(record: LoginRecord, mark: string, failure: FailureData): LoginRecord {
  const by = placeOf(record, mark)
  const { result } = record
  if (result.stage === 'complete' || (result.stage === 'waiting' && result.by > by)) return record
  return { ...record, result: { stage: 'waiting', by, proofHash: proofOf(record, by), failure } }
}

/** Whether a login's result stays as it is, whatever an answer brings. */
export function stands({ result }: LoginRecord, by: number): boolean {
  return result.stage === 'complete' && (result.told !== undefined || result.by > by)
}

/**
 * The record after an account took the grant of an answer. The newest one decides who logged in, unless somebody was
 * told of another by then.
 */
export function completed(record: LoginRecord, mark: string, account: AccountView): LoginRecord {
  const by = placeOf(record, mark)
  const next = withoutHeld(record, mark)
  const { result } = record
  if (result.stage === 'complete' && stands(record, by)) {
    if (result.account.id === account.id) return next
    return withOutcome(next, mark, { stage: 'taken', beside: account.username })
  }
  return { ...next, result: { stage: 'complete', by, proofHash: proofOf(record, by), account } }
}

/** The record after an answer came to nothing, or the user said no. What is connected, or may yet be, stays. */
export function ended(
  record: LoginRecord,
  failed: { proofHash: string; failure: FailureData; wrongAccount?: WrongAccount },
): LoginRecord {
  const { result, grants } = record
  if (result.stage === 'complete') return record
  const left = grants.filter(({ way }) => way === 'to its account').map(({ mark }) => mark)
  if (result.stage !== 'waiting' || left.length === 0)
    return { ...record, result: { stage: 'failed', ...failed } }
  const newest = left.reduce((a, b) => (placeOf(record, a) > placeOf(record, b) ? a : b))
  const by = placeOf(record, newest)
  return { ...record, result: { ...result, by, proofHash: proofOf(record, by) } }
}

/** The record after an answer's call was cut off with its object: nobody knows what X gave. `now` is Unix seconds. */
export function withoutLost(
  record: LoginRecord,
  isUnderWay: (mark: string) => boolean,
  now: number,
): LoginRecord {
  const lost = record.answers.filter(
    ({ mark, outcome, lastSentAt }) =>
      outcome.stage === 'sent' && !isUnderWay(mark) && now >= lastSentAt + EXCHANGE_LOST_SECONDS,
  )
  return lost.reduce(
    (each, { mark }) => spent(each, mark, new Failure('login_reply_lost').data),
    record,
  )
}

/** The record without the grant of an answer. */
export const withoutHeld = (record: LoginRecord, mark: string): LoginRecord => ({
  ...record,
  grants: record.grants.filter((grant) => grant.mark !== mark),
})

/** The failure that the login of a result ended in; undefined: it is complete, or not over. */
export const failureOf = (result: LoginResult): FailureData | undefined =>
  result.stage === 'complete' ? undefined : result.failure

const placeOf = ({ answers }: LoginRecord, mark: string): number =>
  answers.findIndex((answer) => answer.mark === mark)

const proofOf = ({ answers }: LoginRecord, by: number): string => answers[by]?.proofHash ?? ''

function withOutcome(record: LoginRecord, mark: string, outcome: AnswerOutcome): LoginRecord {
  const answers = record.answers.map((each) => (each.mark === mark ? { ...each, outcome } : each))
  return { ...record, answers }
}

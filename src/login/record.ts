/** What a login's object knows, as plain data. Times are Unix seconds. */
import type { AccountView } from '../account/view'
import type { FailureData } from '../failure'
import { EXCHANGE_LOST_SECONDS, LOGIN_AFTERLIFE_SECONDS } from '../limits'
import type { UnadoptedGrant } from './grant'
import type { Creator, ExchangeWish } from './pending'

/** The row of a login's object, from its first callback until two minutes after the login has expired. */
export interface LoginRecord {
  id: string
  expiresAt: number
  creator?: Creator
  returnTo?: string
  /** Only who logged in is wanted: tokens of an account that is not connected here go back to X. */
  identityOnly?: true
  /** The client id of the second X app, where this login went through that one: it touches no account. */
  loginApp?: string
  /** The OAuth 1.0a token that it brings is exchanged for a pair, once its account has it. */
  exchange?: ExchangeWish
  /** No login, but a pair that came from elsewhere: whoever X names has it, and it never goes back to X for that. */
  imported?: true
  /** The answers that X was sent, the oldest first. */
  answers: SentAnswer[]
  /** The grants that X gave for them, until an account has each, or X has it back. */
  grants: HeldGrant[]
  result: LoginResult
}

/** A code, verifier or PIN that X was sent. */
export interface SentAnswer {
  /**
   * Its mark, by which it is known again; it is itself kept nowhere. Empty: a former build sent it and kept no mark, so
   * that whatever comes counts as this answer.
   */
  mark: string
  /** Hash of the proof that only the browser has which brought it. */
  proofHash: string
  /** When it was first sent. */
  sentAt: number
  /** When it was last sent. */
  lastSentAt: number
  /** How often it was sent without a definite answer, a call under way included. */
  doubts: number
  outcome: AnswerOutcome
}

/** The fate of an answer at X. */
export type AnswerOutcome =
  /** Its call is under way, or the object that made it died. */
  | { stage: 'sent' }
  /** X did not act on it, for a reason that passes: it may be sent again while it lives. */
  | { stage: 'unused' }
  /** X gave a grant for it. `beside`: the username that it connected while the login's result, another account, stayed. */
  | { stage: 'taken'; beside?: string }
  /** It brought nothing, and never will. */
  | { stage: 'spent'; failure: FailureData }

/** A grant that X gave, on its way to its account or back to X. */
export interface HeldGrant extends UnadoptedGrant {
  /** The mark of the answer that it was given for. */
  mark: string
  way: 'to its account' | 'back to x'
  /** Of a grant on its way back: whose it is, and where it may go yet, should that account be connected by then. */
  claim?: LaterClaim
  /** How often its way failed. */
  tries: number
  /** When it is tried again. */
  nextAt: number
  /** Until when nobody tries it, a reload neither: X asked to wait. */
  notBefore?: number
  /** The refresh of it which is under way, written before its call leaves. */
  renewal?: { startedAt: number }
  /** How often in a row its refresh failed. */
  renewalTries?: number
}

/** What a grant that goes back to X is offered for once more. */
export interface LaterClaim {
  user: { id: string; username: string; name: string }
  /** Unix milliseconds, just before X said whose it is. */
  askedAtMs: number
  where: 'in place' | 'if connected'
}

/** How a login stands. `by` is the place in `answers` of the answer that brought it, `proofHash` its browser's. */
export type LoginResult =
  /** Nothing was brought yet; `failure` says why the last answer did not get further. */
  | { stage: 'open'; failure?: FailureData }
  /** X gave a grant, and it is not known yet whose it is. */
  | { stage: 'waiting'; by: number; proofHash: string; failure: FailureData }
  | { stage: 'complete'; by: number; proofHash: string; account: AccountView; told?: Told }
  | { stage: 'failed'; proofHash: string; failure: FailureData; wrongAccount?: WrongAccount }

/** The caller that was told a result first, and when; from then on a proof is worth nothing to any other. */
export interface Told {
  to: string
  at: number
}

/** The account that may not connect, and the one that was meant, by username: for the page of its own browser. */
export interface WrongAccount {
  is: string
  meant?: string
}

/** When something is to be done about a login: a call that has no answer by then, a grant that is tried again. */
export function nextWorkAt({ answers, grants }: LoginRecord): number | undefined {
  const calls = answers
    .filter(({ outcome }) => outcome.stage === 'sent')
    .map(({ lastSentAt }) => lastSentAt + EXCHANGE_LOST_SECONDS)
  const works = [...calls, ...grants.map(({ nextAt }) => nextAt)]
  return works.length > 0 ? Math.min(...works) : undefined
}

/** When a login's object has to look after itself again: for its next work, or to be erased. */
export function alarmAt(record: LoginRecord, now: number): number {
  const work = nextWorkAt(record)
  if (work !== undefined) return Math.max(work, now + 1)
  return Math.max(record.expiresAt, now) + LOGIN_AFTERLIFE_SECONDS
}

/**
 * One refresh on its way to X and back, outside of the account's object: that may be moved or die meanwhile, and another
 * one takes the answer then. What it does in the world is in {@link CarryEffects}.
 */
import { secondsOf } from '../clock'
import { failedWith } from '../failure'
import {
  CALL_DOUBT_SECONDS,
  CARRY_LATEST_SECONDS,
  DELIVER_AGAIN_MAX_MS,
  DELIVER_AGAIN_MS,
  JOURNAL_DOUBT_SECONDS,
  ONCE_CALL_TIMEOUT_MS,
} from '../limits'
import { errorOf, type log } from '../log'
import type { RefreshAnswer } from './answer'
import type { RestingUserToken } from './exchange-at-x'
import type { Attempt } from './record'
import type { Present, RestingToken } from './refresh-at-x'

/** What an account's object hands to the carrier; the tokens in it are sealed. Of an exchange the token is OAuth 1.0a's. */
export type Errand = (RestingToken | RestingUserToken) & { attempt: Attempt }

/**
 * What an account's object says of an answer that it is offered. `taken`: it stands in its row, now or since before.
 * `in_memory`: the storage has refused it so far, so only this object knows. `unwanted`: no attempt waits for it.
 */
export type Receipt = 'taken' | 'in_memory' | 'unwanted'

/** What {@link carry} needs of the world. */
export interface CarryEffects {
  /** Unix milliseconds. */
  now: () => number
  sleep: (ms: number) => Promise<void>
  /** All that can fail before the token leaves. @throws then */
  ready: (errand: Errand) => Promise<Present>
  /** Offers an answer to whichever object is the account's now. Rejects when it is not reached, or says nothing. */
  deliver: (errand: Errand, answer: RefreshAnswer) => Promise<Receipt>
  log: typeof log
}

/**
 * Presents the token, then offers X's answer to the account's object until that took it, does not want it, or the doubt
 * about the attempt is over. Never rejects.
 *
 * @param callTime - milliseconds that the call may take, see {@link timeForCall}
 */
export async function carry(
  errand: Errand,
  fx: CarryEffects,
  callTime = timeForCall,
): Promise<void> {
  const answer = await answerTo(errand, fx, callTime)
  const until = (errand.attempt.startedAt + JOURNAL_DOUBT_SECONDS) * 1000
  let ms = DELIVER_AGAIN_MS
  while (!(await isOver(errand, answer, fx))) {
    if (fx.now() + ms >= until) {
      fx.log('refresh_undelivered', { account: errand.account, outcome: outcomeOf(answer) })
      return
    }
    await fx.sleep(ms)
    ms = Math.min(ms * 2, DELIVER_AGAIN_MAX_MS)
  }
}

/** X's answer, or that X was not asked: then nothing is in doubt. */
async function answerTo(
  errand: Errand,
  fx: CarryEffects,
  callTime: typeof timeForCall,
): Promise<RefreshAnswer> {
  let present: Present
  try {
    present = await fx.ready(errand)
  } catch (error) {
    const { code, detail } = failedWith(error).failure
    fx.log('refresh_not_made', { account: errand.account, code, ...errorOf(error) })
    return { kind: 'not_sent', message: detail ?? 'Perch could not ask X.' }
  }
  const ms = callTime(errand.attempt.startedAt, fx.now())
  if (ms <= 0) return { kind: 'not_sent', message: 'Perch was too slow to ask X, and did not.' }
  try {
    return await present(ms)
  } catch (error) {
    // X may have acted.
    fx.log('carrier_failed', { account: errand.account, ...errorOf(error) })
    return { kind: 'unknown', message: 'Perch was interrupted during the refresh.' }
  }
}

/**
 * Milliseconds that a call of an attempt may take which begins now; 0: it must not begin. It is over so early that X can
 * act on it no more when the token may be presented again, by an object that knows nothing of this carrier.
 *
 * @param startedAt - when the journal was written, Unix seconds
 * @param nowMs - Unix milliseconds.
 */
export function timeForCall(startedAt: number, nowMs: number): number {
  const latest = (startedAt + JOURNAL_DOUBT_SECONDS - CALL_DOUBT_SECONDS) * 1000
  if (secondsOf(nowMs) > startedAt + CARRY_LATEST_SECONDS) return 0
  return Math.min(ONCE_CALL_TIMEOUT_MS, latest - nowMs)
}

/** Offers the answer once. @returns whether it need not be offered again */
async function isOver(errand: Errand, answer: RefreshAnswer, fx: CarryEffects): Promise<boolean> {
  try {
    return (await fx.deliver(errand, answer)) !== 'in_memory'
  } catch (error) {
    fx.log('refresh_not_delivered', { account: errand.account, ...errorOf(error) })
    return false
  }
}

/** The word of the log for an answer: `granted`, or why there is no pair. */
export const outcomeOf = (answer: RefreshAnswer): string =>
  'rotation' in answer ? 'granted' : answer.kind

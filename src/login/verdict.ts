/** What X's no to an answer means for its login (pure; a table tests it). */
import { Failure, type FailureData } from '../failure'
import { LOGIN_ANSWERS_MAX } from '../limits'
import type { NotGranted } from '../x/answer'
import { type Redeemable, refusalOf } from './exchange'
import { FLOWS } from './flows'
import type { PendingLogin } from './pending'
import type { LoginRecord, SentAnswer } from './record'

/** The fate of an answer, and what is said of it. */
export interface Verdict {
  /** `unused`: it may be sent again. `spent`: it brings nothing. `mistyped`: the same, and the form is shown once more. */
  fate: 'unused' | 'spent' | 'mistyped'
  failure: FailureData
}

/**
 * Judges X's no.
 *
 * @param sent - the answer, its call included in `doubts`
 * @param now - Unix seconds.
 */
export function verdictOn(
  outcome: Exclude<NotGranted, { kind: 'unknown' }>,
  { pending, answer }: { pending: PendingLogin; answer: Redeemable },
  sent: SentAnswer | undefined,
  { answers }: Pick<LoginRecord, 'answers'>,
  now: number,
): Verdict {
  const { message } = outcome
  const spent = (...failure: ConstructorParameters<typeof Failure>): Verdict => ({
    fate: 'spent',
    failure: new Failure(...failure).data,
  })
  if (outcome.kind === 'app')
    return { fate: 'unused', failure: new Failure(outcome.failure, message).data }
  if (outcome.kind === 'later') {
    const livesUntil = (sent?.sentAt ?? 0) + FLOWS[pending.flow].answerLivesSeconds
    const { retryAfter } = outcome
    return now + retryAfter >= livesUntil
      ? spent('login_too_late', message, retryAfter)
      : { fate: 'unused', failure: new Failure('x_rate_limited', message, retryAfter).data }
  }
  // When an earlier call got no answer, this no means that X had acted on that one, and its answer was lost.
  if ((sent?.doubts ?? 0) > 1) return spent('login_reply_lost', message)
  if (outcome.kind === 'declined') return spent('login_refused_by_x', message)
  const isTyped = FLOWS[pending.flow].answeredBy === 'form' && outcome.what === 'verifier'
  if (isTyped && answers.length < LOGIN_ANSWERS_MAX)
    return { fate: 'mistyped', failure: new Failure('pin_wrong', message).data }
  return spent(refusalOf(outcome.what, answer, now), message)
}

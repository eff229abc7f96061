/** The migrations of a login: of its object's row, of its pending state in KV. None is ever changed. */
import { saysMessage } from '../store/migrations'
import {
  isRecord,
  type Migration,
  onlyNumbered,
  renamed,
  type Stored,
  within,
} from '../store/version'

/** An account of version 0 in the wire's form: why its refreshes failed stood in `words`. */
export const viewSaysMessage: Migration = (view) =>
  within(view, 'oauth2', (oauth2) =>
    within(within(oauth2, 'failure', saysMessage), 'last_failure', saysMessage),
  )

/**
 * A login of version 1 had one answer, of which it kept no mark, and one grant: so whatever comes for it later counts as
 * that answer.
 */
function severalAnswers(record: Stored): Stored {
  const { id, expiresAt, creator, returnTo, proofHash = '', stage, sentAt, doubts = 0 } = record
  const { grant, renewal, wrongAccount, tries = 0, account, failure, spent } = record
  const isSent = stage !== 'open' && sentAt !== undefined
  const outcome = {
    exchanging: { stage: 'sent' },
    granted: { stage: 'taken' },
    complete: { stage: 'taken' },
    failed: { stage: 'spent', failure },
  }[String(stage)]
  const answer = { mark: '', proofHash, sentAt, lastSentAt: sentAt, doubts, outcome }
  const way = stage === 'failed' ? 'back to x' : 'to its account'
  const told = isRecord(spent) ? { told: { to: spent.by, at: spent.at } } : {}
  const result = {
    granted: { stage: 'waiting', by: 0, proofHash, failure: { code: 'login_unfinished' } },
    complete: { stage: 'complete', by: 0, proofHash, account, ...told },
    failed: { stage: 'failed', proofHash, failure, ...(wrongAccount ? { wrongAccount } : {}) },
  }[String(stage)]
  return {
    id,
    expiresAt,
    ...(creator ? { creator } : {}),
    ...(returnTo === undefined ? {} : { returnTo }),
    answers: isSent ? [answer] : [],
    grants: isRecord(grant)
      ? [{ ...grant, mark: '', way, tries, nextAt: 0, ...(renewal ? { renewal } : {}) }]
      : [],
    result: result ?? { stage: 'open' },
  }
}

/**
 * Until then each login went through the one X app. Nothing else changed, so only a login through the second one is of
 * this version: a build that does not know it would send its code to the first app, or an account its grant.
 */
const severalApps: Migration = (record) => record

/**
 * The migrations that a build has to know which reads this login. It goes with the next migration of these lists, which
 * every login will be of.
 */
export const migrationsFor = (
  migrations: readonly Migration[],
  { loginApp }: { loginApp?: string },
): readonly Migration[] =>
  loginApp === undefined ? migrations.filter((each) => each !== severalApps) : migrations

/** The migrations of the record in the object `Login`, in order. */
export const LOGIN_ROW: readonly Migration[] = [
  (record) => renamed(within(record, 'account', viewSaysMessage), { maker: 'creator' }),
  severalAnswers,
  severalApps,
]

/** The migrations of a pending state, in its envelope, in order. */
export const PENDING: readonly Migration[] = [
  (pending) => renamed(pending, { maker: 'creator', binding: 'browserSecret' }),
  severalApps,
]

/** The migrations of a login's cookie, in its envelope, in order. */
export const COOKIE: readonly Migration[] = [onlyNumbered]

/** The migrations of the cookie that leads back, in its envelope, in order. */
export const BACK_COOKIE: readonly Migration[] = [onlyNumbered]

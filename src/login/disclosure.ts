/**
 * What a caller is told about a login (pure): who may ask, and that the result of a login that returned to an app is
 * bound to that app, as an authorization code is.
 *
 * @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2)
 * @see [RFC 9700 §4.5](https://www.rfc-editor.org/rfc/rfc9700.html#section-4.5)
 */
import type { AccountView } from '../account/view'
import { done, type FailureData, failed, type Result } from '../failure'
import type { FailureCode } from '../failures'
import { PROOF_AGAIN_SECONDS } from '../limits'
import { wrongAccountInWords } from './allowed'
import type { Creator } from './pending'
import type { LoginRecord, Told } from './record'
import { isCovered } from './return-to'

/** A caller that asks how a login went, as far as logins are concerned. */
export interface Viewer {
  id: string
  isAdmin: boolean
  /** Whether it is limited to some accounts. */
  isLimited: boolean
  /** Prefixes of the addresses that are its own. */
  returnTo: readonly string[]
}

/** How far a login is, as a caller may know it. */
export type LoginStatus = { returnTo?: string } & (
  | { status: 'pending'; expiresAt: number; failure?: FailureData }
  /** X gave a grant, and will not say whose it is until somebody does what `failure` says. */
  | { status: 'waiting'; failure: FailureData }
  | { status: 'complete'; account: AccountView }
  | { status: 'failed'; failure: FailureData }
)

/** How good the proof is that a viewer sent along, if it did. */
export type Shown = 'none' | 'wrong' | 'right'

/** Why a viewer is not told about a login; undefined when it is. */
export function hiddenFrom(
  login: { creator?: Creator; returnTo?: string },
  viewer: Viewer,
): FailureCode | undefined {
  const { creator, returnTo } = login
  if (viewer.isAdmin) return undefined
  if (creator) return creator.id === viewer.id ? undefined : 'login_unknown'
  if (viewer.isLimited) return 'login_unknown'
  if (returnTo === undefined) return undefined
  if (viewer.returnTo.length === 0) return 'return_to_not_covered'
  return isCovered(returnTo, viewer.returnTo) ? undefined : 'login_unknown'
}

/** The one that brings an answer: the caller that made the login, or a browser, which may be the one whose answer stands. */
export interface Bringer {
  isCreator: boolean
  /** Whether its proof is that of the browser whose answer brought the result. */
  isTheirs: boolean
}

/**
 * The answer that whoever brings one may have. Everybody who opened the login's link can come with junk, so which account
 * it was is told to the browser whose answer X took. The caller that made a login which returns nowhere may know it too,
 * as it may by asking for its status.
 */
export function answerFor(
  { result, returnTo }: Pick<LoginRecord, 'result' | 'returnTo'>,
  { isCreator, isTheirs }: Bringer,
  answer: Result<AccountView>,
): Result<AccountView> {
  if (result.stage === 'open') return answer
  const mayKnow = isTheirs || (isCreator && returnTo === undefined)
  // `login_told` names an account as well: the one that this answer connected.
  if (answer.ok || answer.failure.code === 'login_told')
    return mayKnow ? answer : failed('login_taken')
  const wrongAccount = result.stage === 'failed' ? result.wrongAccount : undefined
  const isNamed = isTheirs && !isCreator && answer.failure.code === 'account_not_allowed'
  return wrongAccount && isNamed
    ? failed('account_not_allowed', wrongAccountInWords(wrongAccount))
    : answer
}

/** What a login's status says before any callback, and until it is settled. `failure`: why nothing came of it yet. */
export function pendingStatus(
  login: { expiresAt: number; returnTo?: string },
  failure?: FailureData,
): LoginStatus {
  const why = failure ? { failure } : {}
  return { status: 'pending', expiresAt: login.expiresAt, ...why, ...returnToField(login) }
}

/**
 * What a viewer is told about a login of which a callback has arrived. Where the login returned to an app, the account
 * costs the proof: `told` has to be written down before the answer leaves. A result that was told stands.
 *
 * @param now - Unix seconds.
 */
export function disclose(
  record: LoginRecord,
  viewer: Viewer,
  proof: Shown,
  now: number,
): { answer: Result<LoginStatus>; told?: Told } {
  // An import lives in the same kind of object, and is told by the import alone.
  const hidden = record.imported ? 'login_unknown' : hiddenFrom(record, viewer)
  if (hidden) return { answer: failed(hidden) }
  const { result, returnTo } = record
  const isBound = returnTo !== undefined
  // A login that returned nowhere gave no browser a proof: a caller that sends one means another login.
  if (proof === 'wrong' || (proof === 'right' && !isBound)) return { answer: failed('proof_wrong') }
  const back = returnToField(record)
  if (result.stage === 'failed')
    return { answer: done({ status: 'failed', failure: result.failure, ...back }) }
  if (result.stage !== 'complete') return { answer: done(unsettled(record)) }
  const complete = { status: 'complete', account: result.account, ...back } as const
  const told = { to: viewer.id, at: now }
  if (!isBound) return { answer: done(complete), ...(result.told ? {} : { told }) }
  if (proof === 'none') return { answer: failed('proof_wrong', 'No proof was sent.') }
  if (!result.told) return { answer: done(complete), told }
  const isAgain = result.told.to === viewer.id && now < result.told.at + PROOF_AGAIN_SECONDS
  return { answer: isAgain ? done(complete) : failed('proof_spent') }
}

/** How far a login is that is neither complete nor failed. Where X merely did not answer yet, it is pending. */
function unsettled({ result, ...login }: LoginRecord): LoginStatus {
  if (result.stage === 'open') return pendingStatus(login, result.failure)
  if (result.stage !== 'waiting' || result.failure.code === 'login_unfinished')
    return pendingStatus(login)
  return { status: 'waiting', failure: result.failure, ...returnToField(login) }
}

const returnToField = ({ returnTo }: { returnTo?: string }) =>
  returnTo === undefined ? {} : { returnTo }

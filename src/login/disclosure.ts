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
import type { Creator } from './pending'
import type { LoginRecord, Spent } from './record'
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
  | { status: 'pending'; expiresAt: number }
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

/** What a login's status says before any callback, and until it is settled. */
export function pendingStatus(login: { expiresAt: number; returnTo?: string }): LoginStatus {
  return { status: 'pending', expiresAt: login.expiresAt, ...returnToField(login) }
}

/**
 * What a viewer is told about a login of which a callback has arrived. Where the login returned to an app, the account
 * costs the proof: `spent` has to be written down before the answer leaves.
 *
 * @param now - Unix seconds.
 */
export function disclose(
  record: LoginRecord,
  viewer: Viewer,
  proof: Shown,
  now: number,
): { answer: Result<LoginStatus>; spent?: Spent } {
  const hidden = hiddenFrom(record, viewer)
  if (hidden) return { answer: failed(hidden) }
  const { stage, account, failure, returnTo } = record
  const isBound = returnTo !== undefined
  // A login that returned nowhere gave no browser a proof: a caller that sends one means another login.
  if (proof === 'wrong' || (proof === 'right' && !isBound)) return { answer: failed('proof_wrong') }
  const back = returnToField(record)
  if (stage === 'failed') return { answer: done({ status: 'failed', failure: failure!, ...back }) }
  if (stage !== 'complete') return { answer: done(pendingStatus(record)) }
  const complete = { status: 'complete', account: account!, ...back } as const
  if (!isBound) return { answer: done(complete) }
  if (proof === 'none') return { answer: failed('proof_wrong', 'No proof was sent.') }
  const { spent } = record
  if (!spent) return { answer: done(complete), spent: { by: viewer.id, at: now } }
  const isAgain = spent.by === viewer.id && now < spent.at + PROOF_AGAIN_SECONDS
  return { answer: isAgain ? done(complete) : failed('proof_spent') }
}

const returnToField = ({ returnTo }: { returnTo?: string }) =>
  returnTo === undefined ? {} : { returnTo }

/** What a caller may learn about a login. */
import type { AccountView } from '../account/view'
import { hash, sameSecret } from '../crypto/hash'
import { Failure, type FailureData } from '../failure'
import { findPending } from './begin'
import type { Maker } from './pending'

export type LoginStatus =
  | { status: 'pending'; expiresAt: number }
  /** The account is left out for those who do not bring the proof. */
  | { status: 'complete'; account?: AccountView }
  | { status: 'failed'; failure: FailureData }

/**
 * How far a login is. One that a caller made is shown to that caller; one that a browser began, to callers that are
 * not limited to some accounts.
 *
 * @throws Failure `login_unknown`, also for logins of others
 */
export async function statusOf(
  env: Env,
  id: string,
  viewer: { maySee: (maker: Maker | undefined) => boolean; proof: string | undefined },
  now: number,
): Promise<LoginStatus> {
  const record = await env.LOGIN.getByName(id).status()
  const { maker, expiresAt } = record ?? (await findPending(env, id, now))
  if (!viewer.maySee(maker)) throw new Failure('login_unknown')
  if (record?.stage === 'failed') return { status: 'failed', failure: record.failure! }
  if (record?.stage !== 'complete') return { status: 'pending', expiresAt }
  const { proofHash, returnTo, account } = record
  const shown =
    returnTo === undefined || (await sameSecret(await hash(viewer.proof ?? ''), proofHash))
  return { status: 'complete', ...(shown && account ? { account } : {}) }
}

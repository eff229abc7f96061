/** What a caller may learn about a login. */
import { hash } from '../crypto/hash'
import { Failure, unwrap } from '../failure'
import { findPending } from './begin'
import { hiddenFrom, type LoginStatus, pendingStatus, type Viewer } from './disclosure'
import { loginAt } from './stub'

/**
 * How far a login is. One that a caller made is shown to that caller; one that a browser began, to callers that are
 * not limited to some accounts, and whose addresses cover the one that it returns to. A right proof is spent by whom
 * it told the account.
 *
 * @throws Failure `login_unknown`, also for logins of others; `return_to_not_covered`, `proof_wrong`, `proof_spent`
 */
export async function loginStatus(
  env: Env,
  id: string,
  viewer: Viewer,
  proof: string | undefined,
  now: number,
): Promise<LoginStatus> {
  const proofHash = proof === undefined ? undefined : await hash(proof)
  const told = await loginAt(env, id).disclose(viewer, proofHash, now)
  if (told) return unwrap(told)
  // No code was brought yet, so nobody has a proof.
  const pending = await findPending(env, id, now)
  const hidden = hiddenFrom(pending, viewer)
  if (hidden) throw new Failure(hidden)
  return pendingStatus(pending)
}

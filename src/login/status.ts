/** What a caller may learn about a login. */
import { hash } from '../crypto/hash'
import { Failure, unwrap } from '../failure'
import { findPending } from './begin'
import { hiddenFrom, type LoginStatus, pendingStatus, type Viewer } from './disclosure'
import { loginAt } from './stub'

/**
 * How far a login is, for the caller that asks. A login that a caller made is shown to that caller; one that a browser
 * began to callers that are not limited to some accounts, and, if it returns to an app, only to those whose addresses
 * cover that one. A right proof is spent by the caller that learns the account by it.
 *
 * @param proof - what stood behind the dot in `login=<id>.<proof>`; undefined: none was sent
 * @param now - Unix seconds
 * @throws Failure `login_unknown`, also for logins of others; `return_to_not_covered`, `proof_wrong`, `proof_spent`,
 *   `config_incomplete`, `sealed_unreadable`, `storage_unavailable`.
 */
export async function loginStatus(
  env: Env,
  id: string,
  viewer: Viewer,
  proof: string | undefined,
  now: number,
): Promise<LoginStatus> {
  const proofHash = proof === undefined ? undefined : await hash(proof)
  const disclosed = await loginAt(env, id).disclose(viewer, proofHash, now)
  if (disclosed) return unwrap(disclosed)
  // No callback has arrived, so no browser has a proof yet.
  const pending = await findPending(env, id, now)
  const hidden = hiddenFrom(pending, viewer)
  if (hidden) throw new Failure(hidden)
  return pendingStatus(pending)
}

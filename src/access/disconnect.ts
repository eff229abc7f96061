/** How a caller ends an account, or one of its grants. */
import type { Disconnected } from '../account/revocation'
import { accountAt } from '../account/stub'
import { Failure, type Result, unwrap } from '../failure'
import { CALLER_PATIENCE_MS } from '../limits'
import { inTime } from '../patience'
import { forgetAccount, type GrantKind } from '../store/vault'

/**
 * Gives an account's access back to X and forgets it.
 *
 * @throws Failure `account_unknown`, `revoke_failed`, `account_disconnecting` when X takes longer than anybody waits.
 */
export function disconnect(env: Env, id: string, force: boolean): Promise<Disconnected> {
  return endingHeard(id, accountAt(env, id).disconnect(force))
}

/**
 * Ends one grant of an account at X and here; the last one takes the account with it.
 *
 * @throws Failure `account_unknown`, `grant_unknown`, `revoke_failed`, `account_disconnecting` when X takes longer than
 *   anybody waits.
 */
export function endGrant(
  env: Env,
  id: string,
  kind: GrantKind,
  force: boolean,
): Promise<Disconnected> {
  return endingHeard(id, accountAt(env, id).endGrant(kind, force))
}

/** The object goes on by itself, however long X takes; its caller is told so after a while. */
async function endingHeard(
  id: string,
  ending: Promise<Result<Disconnected>>,
): Promise<Disconnected> {
  const answer = await inTime(ending, CALLER_PATIENCE_MS)
  forgetAccount(id)
  if (!answer) throw new Failure('account_disconnecting', 'X has not answered yet. It goes on.', 5)
  return unwrap(answer.value)
}

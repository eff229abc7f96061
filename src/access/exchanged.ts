/** The exchange of an account's OAuth 1.0a token for an OAuth 2.0 pair, as an import asks for it. */
import { failed, type Result } from '../failure'

/**
 * Has X give an OAuth 2.0 pair for the OAuth 1.0a token of an account.
 *
 * @returns why there is none.
 */
export async function exchanged(_env: Env, _id: string): Promise<Result<unknown>> {
  return failed('request_malformed', 'exchange: it is not offered here.')
}

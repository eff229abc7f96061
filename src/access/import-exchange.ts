/** The exchange of an account's OAuth 1.0a token for an OAuth 2.0 pair, as an import asks for it. */
import { Failure } from '../failure'
import { exchangeGrant } from './exchange'

/**
 * Has X give an OAuth 2.0 pair for the OAuth 1.0a token of an account, unless it has one that works: so the same line may
 * come again. `now` is Unix seconds.
 *
 * @throws Failure as {@link exchangeGrant} does, but `grant_works`.
 */
export async function importExchange(
  env: Env,
  id: string,
  now: number,
): Promise<'imported' | 'already'> {
  try {
    await exchangeGrant(env, id, { replace: false }, now)
    return 'imported'
  } catch (error) {
    if (error instanceof Failure && error.data.code === 'grant_works') return 'already'
    throw error
  }
}

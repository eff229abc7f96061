/** What X's redirect says where it brings no answer (pure). */
import { Failure, type FailureData } from '../failure'
import { quote } from '../x/answer'
import { ACCESS_DENIED } from './callback'

/** Errors that tell of X's own trouble: the same login may go on in a moment (RFC 6749 §4.1.2.1). */
const PASSING: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable'])

/** What the operator can do about an error that is definite (RFC 6749 §4.1.2.1). */
const CURES: Readonly<Record<string, string>> = {
  invalid_scope:
    'X does not know a scope that was asked for, or the app may not have it: correct X_SCOPES, or the scope that this login was begun with.',
  unauthorized_client:
    'The app may not log people in like this: check X_CLIENT_ID, and that user authentication is set up in X’s developer portal.',
  invalid_request:
    'X finds a parameter wrong or missing: check that the callback URL is registered at X exactly as the start page shows it.',
  unsupported_response_type:
    'The app is not set up for OAuth 2.0: turn it on in X’s developer portal (User authentication settings).',
}

/** Why a login got no answer, and whether X may give one to the same login yet. */
export function denialOf(error: string): { failure: FailureData; passes: boolean } {
  if (error === ACCESS_DENIED)
    return { failure: new Failure('login_cancelled').data, passes: false }
  const said = `X says: ${quote(error)}.`
  if (PASSING.has(error)) return { failure: new Failure('x_unreachable', said).data, passes: true }
  const cure = Object.hasOwn(CURES, error) ? ` ${CURES[error]}` : ''
  return { failure: new Failure('login_refused_by_x', said + cure).data, passes: false }
}

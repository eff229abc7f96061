/** OAuth 2.0 scopes in the body of a call, by the one reader that there is. */
import * as v from 'valibot'
import { SCOPE_MAX_CHARS } from '../limits'
import { readScopes } from '../scopes'

const SCOPES_EXPECTED = 'scopes are expected: a text with spaces between, or a list'

/** The scopes that an imported token has, or none where nobody knows. What is no scope is refused and named. */
export const ImportedScope = v.pipe(
  v.union([v.string(), v.array(v.string())], SCOPES_EXPECTED),
  v.check((scope) => [scope].flat().join(' ').length <= SCOPE_MAX_CHARS, SCOPES_EXPECTED),
  v.transform((scope) => readScopes(scope)),
  v.check(
    ({ wrong }) => wrong.length === 0,
    ({ input }) => input.wrong.join('; '),
  ),
)

/** The scopes that a login asks for, one at least. */
export const AskedScope = v.pipe(
  ImportedScope,
  v.check(
    ({ scopes, wrong }) => scopes.length > 0 || wrong.length > 0,
    'at least one scope is expected',
  ),
)

/** What is doubtful and passed all the same, for an answer that names it only where there is any. */
export const warningsJson = (warnings: readonly string[] = []) =>
  warnings.length > 0 ? { warnings } : {}

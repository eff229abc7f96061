/** OAuth 2.0 scopes in the body of a call, by the one grammar that the RFC has for them. */
import * as v from 'valibot'
import { SCOPE_MAX_CHARS, SCOPE_WORD_MAX_CHARS } from '../limits'

/** One character of a scope. @see [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.3) */
const CHAR = '[\\x21\\x23-\\x5b\\x5d-\\x7e]'

/** The scopes that a login asks for: a text, one space between each. */
export const AskedScope = v.pipe(
  v.string(),
  v.maxLength(SCOPE_MAX_CHARS, `at most ${SCOPE_MAX_CHARS} characters`),
  v.regex(new RegExp(`^${CHAR}+( ${CHAR}+)*$`), 'scopes, one space between each'),
)

const SCOPES_EXPECTED = 'scopes are expected: a text with spaces between, or a list'

/**
 * The scopes that an imported token has: a text or a list, made one text. Scopes are shown, so what is too long to be
 * one, as a misplaced token is, is refused.
 */
export const ImportedScope = v.pipe(
  v.union([v.string(), v.array(v.string())], SCOPES_EXPECTED),
  v.transform((scope) => [scope].flat().join(' ')),
  v.maxLength(SCOPE_MAX_CHARS, SCOPES_EXPECTED),
  v.regex(new RegExp(`^(${CHAR}{1,${SCOPE_WORD_MAX_CHARS}}( |$))*$`), SCOPES_EXPECTED),
)

import * as v from 'valibot'
import { TOKEN_MAX_CHARS } from '../limits'
import { Secret } from '../secret'

/** A token that a call brings: visible ASCII, as in a header (RFC 6750 §2.1, RFC 6749 appendix A). */
export const Token = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]+$/, 'a token is expected: visible characters, no spaces'),
  v.maxLength(TOKEN_MAX_CHARS, `at most ${TOKEN_MAX_CHARS} characters`),
  v.transform((token) => new Secret(token)),
)

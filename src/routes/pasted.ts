/**
 * What a person copied from X's page or from a browser's address bar: cleaned of what copying adds, and refused before
 * X is asked when it still has not the form of an answer of X's. A code that was sent in vain would be spent.
 */
import * as v from 'valibot'
import { Failure } from '../failure'
import { CALLBACK_MAX_CHARS, CODE_MAX_CHARS, PIN_MAX_CHARS } from '../limits'
import { type Answer, type Callback, readCallback } from '../login/callback'

/** Gaps and line wraps, and signs without width: soft hyphen, joiners, marks of direction, byte order mark. */
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/gu
/** What mail programs, chats and shells put around a text. */
const AROUND = '"\'`´<>«»‹›“”„‘’‚'

/** The text without what copying adds. */
function cleaned(text: string): string {
  const visible = text.replace(INVISIBLE, '')
  let [from, to] = [0, visible.length]
  while (from < to && AROUND.includes(visible[from]!)) from += 1
  while (from < to && AROUND.includes(visible[to - 1]!)) to -= 1
  return visible.slice(from, to)
}

const pasted = (read: (text: string) => string, maxChars: number, form: RegExp, expected: string) =>
  v.pipe(
    v.string(),
    v.transform(read),
    v.minLength(1, 'it is empty'),
    v.maxLength(maxChars, `at most ${maxChars} characters`),
    v.regex(form, expected),
  )

/** Visible ASCII (RFC 6749 §A.11) without what ends a parameter of a query or cannot stand in one. */
const ONE_VALUE = /^[\w.~!$'()*+,;:@/=%-]+$/
const OneValue = pasted(
  cleaned,
  CODE_MAX_CHARS,
  ONE_VALUE,
  'it has characters that none of X’s has; a whole address goes into response_url',
)

/** A PIN as X showed it; some keyboards write digits that are wider than X's. */
export const PastedPin = pasted(
  (text) => cleaned(text).normalize('NFKC'),
  PIN_MAX_CHARS,
  /^[0-9]+$/,
  'the number that X shows is expected, digits alone',
)

/** The address that X sent a browser to. Some browsers copy it without its scheme. */
const Address = pasted(
  cleaned,
  CALLBACK_MAX_CHARS,
  /^(https?:\/\/[^/?#]+|[\w.:[\]-]+\/)[^?#]*\?./i,
  'the whole address is expected, from https:// on, with what follows its question mark',
)

/** What a program brings of a login, in one of four ways. */
export const PastedAnswer = v.union(
  [
    v.strictObject({ response_url: Address }),
    v.strictObject({ code: OneValue }),
    v.strictObject({ verifier: OneValue }),
    v.strictObject({ pin: PastedPin }),
  ],
  'one of response_url (the whole address X sent the browser to), code, verifier and pin is expected',
)

/**
 * The answer in what was pasted, with the key of the login that it names where it names one. Of an address the query
 * alone counts: `state` or request token say whose it is, and the host may be a tunnel's or a former one of ours.
 *
 * @throws Failure `callback_malformed`.
 */
export function answerIn(body: v.InferOutput<typeof PastedAnswer>): Callback | { answer: Answer } {
  if ('code' in body) return { answer: { code: body.code } }
  if ('verifier' in body) return { answer: { verifier: body.verifier } }
  if ('pin' in body) return { answer: { verifier: body.pin } }
  // Gaps that were escaped on the way stand at the end of a value, if anywhere.
  const address = body.response_url.replace(/(%(0[9ad]|20))+(?=&|#|$)/gi, '')
  const callback = readCallback(address.slice(address.indexOf('?')).replace(/#.*/, ''))
  const [value = ''] = Object.values(callback.answer)
  if (!('error' in callback.answer) && !ONE_VALUE.test(value))
    throw new Failure('callback_malformed', 'It has characters that no answer of X has.')
  return callback
}

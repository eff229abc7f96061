/** Text of others, without what is not seen or turns the direction of what stands around it. */

/**
 * Controls (C0, C1, DEL), separators of lines, the marks and overrides of direction (U+202E and its kind), and what has no
 * width. Apart from them stand {@link SOMETIMES}, and the selectors that choose how the character before is drawn.
 *
 * @see [Unicode Technical Report 36, Unicode Security Considerations](https://www.unicode.org/reports/tr36/)
 */
const UNSEEN =
  /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e007f}]]/gv

/** The two joiners, and the tags of which flags are made: with some neighbours they are part of what is seen. */
const SOMETIMES = /[\u200c\u200d\u{e0020}-\u{e007f}]/gv

/** A joiner in a script that is written with it, one between the parts of an emoji, and the tags of a flag. */
const SEEN =
  /(?<=[[\p{L}\p{M}]--[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Inherited}]])[\u200c\u200d](?=[\p{L}\p{M}])|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})|(?<=\u{1f3f4}[\u{e0030}-\u{e007a}]{0,6})[\u{e0030}-\u{e007f}]/gv

/**
 * A text of others as it may be shown on one line: what is not seen is left out, half a surrogate pair is `�`, and blanks
 * around it go. May be empty.
 */
export function plainText(foreign: string): string {
  const clean = foreign.toWellFormed().replace(LINES, ' ').replace(UNSEEN, '')
  const seen = new Set([...clean.matchAll(SEEN)].map(({ index }) => index))
  return clean.replace(SOMETIMES, (each, at: number) => (seen.has(at) ? each : '')).trim()
}

const LINES = /[\t\n\v\f\r\u0085\u2028\u2029]+/g

/** JSON in which whatever is not seen stands as an escape: the same value to a program, and plain to a terminal. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, escaped).replace(SOMETIMES, escaped)
}

const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => hex(character.charCodeAt(at))).join('')

const hex = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`

import { percentDecode, percentEncode } from './percent.ts'

/**
 * A parameter, name and value percent-encoded in the one way that signatures allow: two that are equal
 * stand for equal bytes, even where these are no UTF-8.
 */
export type Param = readonly [name: string, value: string]

/**
 * The parameters of a query or of a form body, in order, with duplicates and empty ones.
 *
 * @see [RFC 5849 §3.4.1.3.1](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1.3.1)
 */
export function formParams(text: string): Param[] {
  const pairs = text.split('&').filter((pair) => pair !== '')
  return pairs.map((pair) => {
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    return [recode(name), recode(equals < 0 ? '' : pair.slice(equals + 1))]
  })
}

/** The query of a URL, without its question mark and its fragment. */
export function queryOf(url: string): string {
  return /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? ''
}

/** What a parameter's value says. Undefined if it is not UTF-8. */
export function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

/** In a form, `+` is a space. */
function recode(text: string): string {
  return percentEncode(percentDecode(text.replaceAll('+', ' ')))
}

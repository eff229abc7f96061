import type { Param } from './params.ts'
import { percentDecode, percentEncode } from './percent.ts'

const SCHEME = /^OAuth(?:[ \t]+|$)/i
const PARAM = /[ \t]*([^\s"=,]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,|$)/y
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/

/** Whether an Authorization header is one of OAuth 1.0a. */
export function isOAuthHeader(header: string | undefined): boolean {
  return SCHEME.test(header ?? '')
}

/**
 * The parameters of an OAuth Authorization header, `realm` left out. Undefined if it is malformed.
 *
 * @see [RFC 5849 §3.5.1](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.5.1)
 */
export function headerParams(header: string): Param[] | undefined {
  const list = header.replace(SCHEME, '')
  const params: Param[] = []
  let at = 0
  let open = true
  while (open) {
    PARAM.lastIndex = at
    const [whole, name = '', value = '', end] = PARAM.exec(list) ?? []
    if (whole === undefined) return undefined
    if (name.toLowerCase() !== 'realm') {
      if (BAD_ESCAPE.test(name + value)) return undefined
      // Unlike in a form, a + is a +.
      params.push([percentEncode(percentDecode(name)), percentEncode(percentDecode(value))])
    }
    at += whole.length
    open = end === ','
  }
  return params
}

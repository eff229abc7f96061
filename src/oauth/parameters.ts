/**
 * The parameters of a request, where they come from and how they are normalized.
 *
 * @see [RFC 5849 §3.4.1.3](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1.3)
 */
import { type Encoded, percentEncode, recode } from './percent-encoding'

/** A parameter, name and value encoded. Names may occur more than once; a value may be empty. */
export type Param = readonly [name: Encoded, value: Encoded]

/** The parameters of a query or of a form body, as they stand there. A name without `=` has an empty value. */
export function parseParameters(query: string): Param[] {
  if (query === '') return []
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals === -1
        ? [recode(pair), '']
        : [recode(pair.slice(0, equals)), recode(pair.slice(equals + 1))]
    })
}

/** Parameters that are given as text, encoded. */
export function encodeParameters(pairs: readonly (readonly [string, string])[]): Param[] {
  return pairs.map(([name, value]) => [percentEncode(name), percentEncode(value)])
}

/**
 * The signed parameters as one text: sorted by encoded name, then encoded value, in byte order; duplicates are kept.
 * @see [RFC 5849 §3.4.1.3.2](https://www.rfc-editor.org/rfc/rfc5849.html#section-3.4.1.3.2)
 */
export function normalizeParameters(params: readonly Param[]): string {
  let normalized = ''
  for (const [name, value] of sorted(params))
    normalized += `${normalized === '' ? '' : '&'}${name}=${value}`
  return normalized
}

/** Most requests' parameters are in order already, and looking is cheaper than sorting. */
function sorted(params: readonly Param[]): readonly Param[] {
  const inOrder = params.every(
    (param, at) => at === 0 || byNameThenValue(params[at - 1]!, param) <= 0,
  )
  return inOrder ? params : params.toSorted(byNameThenValue)
}

const byNameThenValue = (a: Param, b: Param): number =>
  byteOrder(a[0], b[0]) || byteOrder(a[1], b[1])

// Encoded text is ASCII, so comparing its code units compares its bytes; localeCompare would not.
const byteOrder = (a: Encoded, b: Encoded): number => (a < b ? -1 : a > b ? 1 : 0)

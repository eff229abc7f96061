/** Input that the control API does not take. The message says what it does take. */
export class InputError extends Error {}

/** Reads a JSON body. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InputError('The body must be JSON.')
  }
}

/** An object with none but these keys. */
export function objectWith(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(`Expected an object with ${keys.join(', ')}.`)
  }
  const unknown = Object.keys(value).find((key) => !keys.includes(key))
  if (unknown !== undefined) {
    throw new InputError(`Unknown field "${unknown}". Expected ${keys.join(', ')}.`)
  }
  return value as Record<string, unknown>
}

/** A string that the pattern takes. `expected` ends the message. */
export function stringOf(value: unknown, name: string, pattern: RegExp, expected: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new InputError(`${name}: expected ${expected}.`)
}

/** Reads one of these words. */
export function oneOf<const T extends string>(name: string, allowed: readonly T[]) {
  return (value: unknown): T => {
    const found = allowed.find((each) => each === value)
    if (found === undefined) throw new InputError(`${name}: expected ${allowed.join(' or ')}.`)
    return found
  }
}

/** A whole number of at least `least`. */
export function wholeNumber(value: unknown, name: string, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw new InputError(`${name}: expected a whole number of at least ${least}.`)
}

/** A whole number in a query string, or `fallback` without one. */
export function queryNumber(value: string | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback
  return wholeNumber(value === '' ? Number.NaN : Number(value), `?${name}=`, 0)
}

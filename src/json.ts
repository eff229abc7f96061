/** JSON that others wrote: what cannot be read is undefined, never an error. */

/** The value of a JSON text; undefined when the text is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The fields of a JSON text that is an object; undefined when it is a list, a bare value or no JSON at all. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  const value = parsedJson(text)
  return isObject(value) ? value : undefined
}

/** Whether a value of JSON is an object; a list is none. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

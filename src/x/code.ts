/**
 * When X issued an authorization code, as far as the code tells: its shape is not documented, so this serves messages
 * and nothing else.
 *
 * @returns Unix milliseconds, or undefined for a code of another shape.
 */
export function issuedAtMs(code: string): number | undefined {
  try {
    const text = atob(code.replace(/-/g, '+').replace(/_/g, '/'))
    const ms = /:(\d{13}):\d+:\d+:ac:\d+$/.exec(text)?.[1]
    return ms === undefined ? undefined : Number(ms)
  } catch {
    return undefined
  }
}

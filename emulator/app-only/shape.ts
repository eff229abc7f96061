import { randomText } from '../oauth1/shape.ts'

/** A new app-only token that looks like X's. The escapes belong to it: it is used as it stands. */
export function newBearer(): string {
  return `${'A'.repeat(21)}${randomText(11)}%2F${randomText(31)}%3D${randomText(50)}`
}

/** Whether a bearer token is an app-only one by its looks. */
export function looksAppOnly(token: string): boolean {
  return token.startsWith('AAAA')
}

import { randomInt } from 'node:crypto'
import { PIN_DIGITS } from '../limits.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** As many random letters and digits as X's tokens and secrets have. */
export function randomText(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

/** A new user token and its secret, which look like X's: the user's id stands before a dash. */
export function newUserToken(userId: string): { token: string; secret: string } {
  return { token: `${userId}-${randomText(40)}`, secret: randomText(45) }
}

/** What proves the approval: a PIN to be typed, or a longer text that the browser carries. */
export function newVerifier(pin: boolean): string {
  return pin ? String(randomInt(10 ** PIN_DIGITS)).padStart(PIN_DIGITS, '0') : randomText(32)
}

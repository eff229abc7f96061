import { hash } from '../crypto/hash'
import type { PendingLogin } from './pending'

/**
 * The mark by which an answer to a login is known again. A PIN has seven digits, so the login's own secret is hashed
 * along: nobody finds the PIN by trying.
 */
export const answerMark = ({ browserSecret }: PendingLogin, answer: string): Promise<string> =>
  hash(`perch login answer ${browserSecret.reveal()} ${answer}`)

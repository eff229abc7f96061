/**
 * Whose the imported grants of an account are: X is asked by one for all, less and less often while it does not say, and not
 * before the time that it named.
 */
import type { GrantKind, VaultAccount } from '../store/vault'
import type { User } from '../x/user'
import { askOwnerIn } from './backoff'
import type { Effects } from './effects'

interface Question {
  /** Which grant it is about. */
  obtainedAtMs: number
  /** Undefined: X did not say, or is not to be asked yet. */
  answer: Promise<User | undefined> | undefined
  tries: number
  /** X is not asked before this; Unix milliseconds. */
  notBeforeMs: number
}

/** Asks X whose the imported grants of one account are, once for all who want to know. */
export class Ownership {
  readonly #fx: Effects
  readonly #questions: Partial<Record<GrantKind, Question>> = {}

  constructor(fx: Effects) {
    this.#fx = fx
  }

  /** @returns whose the grant of this kind is; undefined: X did not say, or is not to be asked yet */
  ask(account: VaultAccount, kind: GrantKind, obtainedAtMs: number): Promise<User | undefined> {
    if (this.#questions[kind]?.obtainedAtMs !== obtainedAtMs)
      this.#questions[kind] = { obtainedAtMs, answer: undefined, tries: 0, notBeforeMs: 0 }
    const question = this.#questions[kind]
    question.answer ??= this.#ask(account, kind, question).finally(() => {
      question.answer = undefined
    })
    return question.answer
  }

  async #ask(
    account: VaultAccount,
    kind: GrantKind,
    question: Question,
  ): Promise<User | undefined> {
    if (this.#fx.now() < question.notBeforeMs) return undefined
    const owner = await this.#fx.ownerAtX(account, kind)
    if (!('message' in owner)) return owner
    question.tries += 1
    const wait = Math.max(askOwnerIn(question.tries), owner.waitSeconds ?? 0)
    question.notBeforeMs = this.#fx.now() + wait * 1000
    return undefined
  }
}

/** What the life of an account needs of the world around it: storage, KV, X, the app's object, time. */

import type { Admitted, Ask } from '../app/admission'
import type { PerchEvent } from '../events/event'
import type { FailureData } from '../failure'
import type { log } from '../log'
import type { RefreshPolicy } from '../setting-values'
import type { GrantKind, VaultAccount } from '../store/vault'
import type { Unnamed } from '../x/me'
import type { User } from '../x/user'
import type { LoginAddress } from './events'
import type { AccountRecord, Attempt, Connected } from './record'
import type { RevokedAtX } from './revoke-at-x'

/** A refresh that is ready to be sent: all that could fail before X is asked has been done, and succeeded. */
export interface Refresh {
  /**
   * Hands the refresh token to the carrier, which presents it once and delivers X's answer to whichever object is the
   * account's then: see {@link carry}. Resolves when the carrier is done; rejects when it broke off, or was not reached. Neither
   * says what became of the token: that is in the answer.
   */
  send: (attempt: Attempt) => Promise<void>
}

/**
 * What {@link AccountMachine} and its parts need of the world. The object `Account` has the real ones; the model in the tests has
 * others, which can fail, hang and crash.
 */
export interface Effects {
  policy: () => RefreshPolicy
  /** Unix milliseconds. */
  now: () => number
  /** 0 to 1. */
  random: () => number
  newAttemptId: () => string
  /** The durable record. */
  read: () => AccountRecord | undefined
  /**
   * Written at once, with the events that it brings about, both or none; durable before any reply or request that follows
   * leaves. @throws when the storage refuses
   */
  write: (record: AccountRecord, events: readonly PerchEvent[]) => void
  /** The events that are written, and that the log is not known to have; the oldest first. */
  readEvents: () => PerchEvent[]
  /** Deletes events that the log has. @throws when the storage refuses */
  dropEvents: (ids: ReadonlySet<string>) => void
  /** Puts events into the log, which ignores those that it has. Rejects where that is not certain. */
  appendEvents: (events: readonly PerchEvent[]) => Promise<void>
  newEventId: () => string
  /** Where somebody logs in who brings what is missing. */
  loginAddress: LoginAddress
  erase: () => Promise<void>
  /** Unix milliseconds; null: none. */
  setAlarm: (at: number | null) => Promise<void>
  /** Resolves when this work is done, or after `ms` if it is not done by then. The work goes on all the same. */
  patience: (work: Promise<unknown>, ms: number) => Promise<void>
  /** Resolves after this time. */
  sleep: (ms: number) => Promise<void>
  /** Keeps the object at this work even if the caller whose request began it hangs up. */
  keepAlive: (work: Promise<unknown>) => void
  /** KV's copy: written, or deleted for an account that was disconnected. Rejects when KV does. */
  putCopy: (record: AccountRecord) => Promise<'put' | 'unanswered'>
  /** Opens the refresh token of an account that has one. @throws Failure, before anything is sent */
  prepareRefresh: (account: Connected) => Promise<Refresh>
  /** As {@link Effects.prepareRefresh}, with the OAuth 1.0a token, for a pair with these scopes. */
  prepareExchange: (account: Connected, scope: string) => Promise<Refresh>
  /** Whether the app's object lets a refresh leave now; else why not. Like all that asks that object it may never answer. */
  admit: (ask: Omit<Ask, 'count'>) => Promise<Admitted | undefined>
  /** Since when X answers others again, after it did not; Unix seconds. */
  wellSince: () => Promise<number | undefined>
  /**
   * Tells the app's object that X called this grant invalid; `isAgain`: after its refusal was suspected.
   *
   * @returns why refreshes are halted, if its refusal is suspected
   */
  refused: (id: string, isAgain: boolean) => Promise<FailureData | undefined>
  /** Tells the app's object that X gave no usable answer. @returns why further refreshes are held back, if so */
  unanswered: (message: string) => Promise<FailureData | undefined>
  /** Tells the app's object that X gave a new pair. @param by - `exchange`: for an OAuth 1.0a token */
  granted: (by?: 'exchange') => Promise<void>
  /** Tells the app's object that X exchanges no tokens for this app. */
  exchangeUnavailable: (message: string) => Promise<void>
  /** Tells the app's object that X refuses the app. @returns why refreshes are halted, unless it was about this account alone */
  appRefused: (message: string) => Promise<FailureData | undefined>
  /** Tells the app's object that X asks to wait. */
  paused: (seconds: number) => Promise<void>
  /** Ends grants at X, each of them whatever comes of the others. */
  revokeAtX: (account: VaultAccount, kinds: readonly GrantKind[]) => Promise<RevokedAtX>
  /** Whose a grant is, or why X did not say. */
  ownerAtX: (account: VaultAccount, kind: GrantKind) => Promise<User | Unnamed>
  log: typeof log
}

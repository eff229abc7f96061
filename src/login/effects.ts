/** What the life of a login needs of the world around it: storage, X, the accounts' objects, time. */
import type { AccountView } from '../account/view'
import type { FailureData } from '../failure'
import type { log } from '../log'
import type { NotGranted } from '../x/answer'
import type { User } from '../x/user'
import type { UnadoptedGrant } from './grant'
import type { ExchangeWish, PendingLogin } from './pending'
import type { LoginRecord } from './record'
import type { Renewed } from './renewal'

/** The outcome of one exchange, the grant sealed for the login's object. */
export type SealedExchange =
  | { kind: 'granted'; grant: UnadoptedGrant; nonconformity?: string | undefined }
  | NotGranted

/** Whose a grant is, by X's word. */
export type Whose =
  /** `sealedEmail`: the address, where X told it, sealed as an account of that user would have it. */
  | { kind: 'user'; user: User; sealedEmail?: string | null | undefined }
  /** X did not say, for a reason that passes. `waitSeconds`: X asks to be left alone for so long. */
  | { kind: 'later'; message: string; waitSeconds?: number | undefined }
  /** X will not say until somebody does something about it: the app's plan, the account's standing. */
  | { kind: 'refused'; failure: FailureData; waitSeconds?: number | undefined }

/** What became of a grant that was brought to its account; `how` is the account's word. */
export type Brought =
  | { kind: 'adopted'; how: string; account: AccountView }
  /** No account has it, and none may. `isShared`: X gives the same token to every login, so it is not X's to take back. */
  | { kind: 'unwanted'; how: string; isShared?: boolean }

/** How a grant is brought to its account. */
export interface Bringing {
  id: string
  grant: UnadoptedGrant
  user: Pick<User, 'id' | 'username' | 'name'> & Partial<User>
  /** Unix milliseconds, just before X was asked whose it is. */
  askedAtMs: number
  /** `in place`: only over a working grant of the same app. `if connected`: only to an account that is connected here. */
  where: 'anywhere' | 'in place' | 'if connected'
  /** Once its account has it, it is exchanged for a pair. */
  exchange?: ExchangeWish
}

/**
 * What {@link LoginMachine} needs of the world. The object `Login` has the real ones; the model in the tests has others,
 * which can fail, hang and crash.
 */
export interface LoginEffects {
  /** Unix milliseconds. */
  now: () => number
  /** 0 to 1. */
  random: () => number
  /** The durable record. */
  read: () => LoginRecord | undefined
  /** Written at once; durable before any reply or request that follows leaves. @throws when the storage refuses */
  write: (record: LoginRecord) => void
  erase: () => Promise<void>
  /** Unix milliseconds. */
  setAlarm: (at: number) => Promise<void>
  /** Resolves when this work is done, or after `ms` if it is not done by then. The work goes on all the same. */
  patience: (work: Promise<unknown>, ms: number) => Promise<void>
  sleep: (ms: number) => Promise<void>
  /** Keeps the object at this work even if the browser that began it goes away. */
  keepAlive: (work: Promise<unknown>) => void
  /** Sends an answer to X, once. Never throws once X was asked. */
  exchange: (id: string, pending: PendingLogin, answer: string) => Promise<SealedExchange>
  whose: (id: string, grant: UnadoptedGrant) => Promise<Whose>
  /** Whether this user may connect by a login. */
  mayConnect: (record: LoginRecord, user: User) => boolean
  /** Brings a grant to its account. Rejects when the account could not be stored yet. */
  bring: (bringing: Bringing) => Promise<Brought>
  /** Refreshes a pair that no account has, once. */
  renew: (id: string, grant: UnadoptedGrant) => Promise<Renewed>
  /**
   * Whether the app's object lets a refresh leave now; else why not. Like all that asks that object it never rejects, and
   * undefined is also what comes when it does not answer in time.
   */
  permit: () => Promise<FailureData | undefined>
  /** Tells the app's object that X refuses the app. @returns why refreshes are halted, unless it was about this grant alone */
  appRefused: (message: string) => Promise<FailureData | undefined>
  /** Tells the app's object that X asks to wait. */
  paused: (seconds: number) => Promise<void>
  /** Ends a grant at X. @returns undefined when X took it back, or needs not; else why it did not */
  giveBack: (id: string, grant: UnadoptedGrant) => Promise<string | undefined>
  /** The username of an account that is connected here. */
  usernameOf: (account: string) => Promise<string | undefined>
  log: typeof log
}

/** The object `Account` as the Worker and other objects call it, whichever build it runs. */
import { configOf } from '../env'
import { type FailureData, failed, type Result } from '../failure'
import type { FailureCode } from '../failures'
import { orFormer } from '../former'
import { accountSaysMessage } from '../store/migrations'
import type { GrantKind, VaultAccount } from '../store/vault'
import { renamed, type Stored } from '../store/version'
import type { Account } from './account'
import type { Adoption } from './adoption'
import type { LeaseRequest } from './decide'
import { withSealedEmail } from './email'
import type { ExchangeRequest } from './exchange'
import type { Leased } from './lease-outcome'
import type { AdoptionOutcome, MovedIn, Published, Recalled } from './machine'
import type { Disconnected } from './revocation'

/** The calls of one account's object, their answers in this build's words. */
export interface AccountStub {
  /** The e-mail address is in the open here, and is sealed before it leaves. */
  adopt: (adoption: Adoption) => Promise<AdoptionOutcome>
  settled: () => Promise<number>
  read: () => Promise<VaultAccount | undefined>
  recall: (loginId: string) => Promise<Recalled>
  lease: (request: LeaseRequest) => Promise<Result<Leased>>
  /** An object of the former build notes nothing: it knows no policy for which that matters. */
  noteUse: () => Promise<void>
  disconnect: (force: boolean) => Promise<Result<Disconnected>>
  endGrant: (kind: GrantKind, force: boolean) => Promise<Result<Disconnected>>
  confirm: (kind: GrantKind) => Promise<VaultAccount | undefined>
  restore: (copy: VaultAccount) => Promise<Result<VaultAccount>>
  publish: () => Promise<Result<Published>>
  moveIn: (moved: VaultAccount) => Promise<Result<MovedIn>>
  exchange: (request: ExchangeRequest) => Promise<Result<VaultAccount>>
  /** Rejects where the object is of the former build: X is not told that we know, and says it again. */
  revokedAtX: (at: number) => Promise<void>
}

/**
 * The object of this account. Its calls reject with what the runtime throws for an object that cannot be reached, or
 * with an error that {@link failedWith} turns into `storage_newer` where a later build wrote its row.
 */
export function accountAt(env: Env, id: string): AccountStub {
  const stub: DurableObjectStub<Account> = env.ACCOUNT.getByName(id)
  return {
    async adopt(told) {
      const adoption = await withSealedEmail(configOf(env), told)
      // An object of the former build would adopt what may only take a place: it does not know this method, and the
      // login tries again later.
      const { how, account } = await (adoption.onlyInPlace
        ? stub.adoptInPlace(adoption)
        : stub.adopt(adoption))
      return { how: how === 'forgotten' ? 'disconnected' : how, account: account && nowOf(account) }
    },
    settled: () => stub.settled(),
    async read() {
      const account = await stub.read()
      return account && nowOf(account)
    },
    async recall(loginId) {
      const { isAdopted, account } = await orFormer<Recalled>(
        () => stub.recall(loginId),
        async () => ({ isAdopted: false, account: await stub.read() }),
      )
      return { isAdopted, account: account && nowOf(account) }
    },
    async lease(request) {
      const result = answerOf<Leased>(await stub.lease(request))
      if (!result.ok) return result
      return { ok: true, value: { ...result.value, account: nowOf(result.value.account) } }
    },
    noteUse: () =>
      orFormer<void>(
        () => stub.noteUse(),
        async () => undefined,
      ),
    async disconnect(force) {
      const left = orFormer<Result<Disconnected>>(
        () => stub.disconnect(force),
        () => stub.leave(force),
      )
      return leftOf(await left)
    },
    endGrant: async (kind, force) => leftOf(await stub.endGrant(kind, force)),
    async confirm(kind) {
      const account = await stub.confirm(kind)
      return account && nowOf(account)
    },
    async restore(copy) {
      const result = answerOf<VaultAccount>(await stub.restore(copy))
      return result.ok ? { ok: true, value: nowOf(result.value) } : result
    },
    exchange: (request) =>
      orFormer<Result<VaultAccount>>(
        () => stub.exchange(request),
        async () => failed('object_unreachable', FORMER_BUILD),
      ),
    publish: () =>
      orFormer<Result<Published>>(
        () => stub.publish(),
        async () => failed('object_unreachable', FORMER_BUILD),
      ),
    moveIn: (moved) =>
      orFormer<Result<MovedIn>>(
        () => stub.moveIn(moved),
        async () => failed('object_unreachable', FORMER_BUILD),
      ),
    revokedAtX: (at) => stub.revokedAtX(at),
  }
}

const FORMER_BUILD = 'It runs the former build for some minutes more.'

/** An account as an object of either build gives it. */
const nowOf = (account: VaultAccount): VaultAccount =>
  accountSaysMessage(account as unknown as Stored) as unknown as VaultAccount

const leftOf = (result: Result<Disconnected>): Result<Disconnected> => {
  const answer = answerOf(result)
  if (!answer.ok) return answer
  const value = renamed(answer.value as unknown as Stored, { words: 'message' })
  return { ok: true, value: value as unknown as Disconnected }
}

/** A result whose failure has the code of now. */
export function answerOf<T>(result: Result<T>): Result<T> {
  if (result.ok) return result
  return { ok: false, failure: failureOf(result.failure) }
}

/** A failure as an object of either build gives it. */
const failureOf = (failure: FailureData): FailureData => {
  const code = FORMER_CODES[failure.code] ?? failure.code
  return { ...failure, code }
}

const FORMER_CODES: Readonly<Record<string, FailureCode>> = {
  account_leaving: 'account_disconnecting',
  account_forgotten: 'account_disconnected',
}

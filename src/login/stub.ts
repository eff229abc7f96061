/** The object `Login` as the Worker calls it, whichever build it runs. */
import { answerOf } from '../account/stub'
import type { AccountView } from '../account/view'
import { sameSecret } from '../crypto/hash'
import { done, failed, type Result } from '../failure'
import { orFormer } from '../former'
import { type Stored, upToDate } from '../store/version'
import { disclose, type LoginStatus, type Viewer } from './disclosure'
import type { ImportedPair } from './imported-pair'
import type { Denial, Login, Redemption, Resumed } from './login'
import { LOGIN_ROW, viewSaysMessage } from './migrations'
import type { LoginRecord } from './record'

/** The calls of one login's object, their answers in this build's words. */
export interface LoginStub {
  redeem: (redemption: Redemption) => Promise<Result<AccountView>>
  redeemByLoginApp: (redemption: Redemption) => Promise<Result<AccountView>>
  cancel: (denial: Denial) => Promise<Result<AccountView>>
  take: (pair: ImportedPair) => Promise<Result<AccountView>>
  isComplete: () => Promise<boolean>
  resume: (proofHash: string) => Promise<Resumed | undefined>
  disclose: (
    viewer: Viewer,
    proofHash: string | undefined,
    now: number,
  ) => Promise<Result<LoginStatus> | undefined>
}

/** The object of this login. */
export function loginAt(env: Env, id: string): LoginStub {
  const stub: DurableObjectStub<Login> = env.LOGIN.getByName(id)
  return {
    redeem: async (redemption) => viewed(await stub.redeem(bothNames(redemption))),
    redeemByLoginApp: (redemption) =>
      orFormer<Result<AccountView>>(
        () => stub.redeemByLoginApp(redemption),
        async () => STILL_FORMER,
      ),
    cancel: async (denial) => viewed(await stub.cancel(bothNames(denial))),
    take: (pair) =>
      orFormer<Result<AccountView>>(
        () => stub.take(pair),
        async () => STILL_FORMER,
      ),
    isComplete: () =>
      orFormer<boolean>(
        () => stub.isComplete(),
        async () => false,
      ),
    async resume(proofHash) {
      const resumed = await stub.resume(proofHash)
      return resumed && { ...resumed, result: viewed(resumed.result) }
    },
    disclose: (viewer, proofHash, now) =>
      orFormer<Result<LoginStatus> | undefined>(
        () => stub.disclose(viewer, proofHash),
        async () => disclosed(await stub.status(), viewer, proofHash, now),
      ),
  }
}

const STILL_FORMER = failed('object_unreachable', 'Its code is renewed within five minutes.')

/** Who brings an answer, as both builds call it. */
const bothNames = <T extends { isCreator: boolean }>(who: T): T & { isMaker: boolean } => ({
  ...who,
  isMaker: who.isCreator,
})

function viewed(result: Result<AccountView>): Result<AccountView> {
  const answer = answerOf(result)
  if (!answer.ok) return answer
  return done(viewSaysMessage(answer.value as unknown as Stored) as unknown as AccountView)
}

/**
 * What a viewer is told where the object, of the former build, gives its whole record. That build does not note who
 * spent a proof, so until the object has its new code a proof may be shown again.
 */
async function disclosed(
  answer: object | undefined,
  viewer: Viewer,
  proofHash: string | undefined,
  now: number,
): Promise<Result<LoginStatus> | undefined> {
  if (!answer) return undefined
  const record = upToDate<LoginRecord>(answer, LOGIN_ROW)
  const ofBrowser = record.result.stage === 'open' ? undefined : record.result.proofHash
  const isRight =
    proofHash !== undefined && ofBrowser !== undefined && (await sameSecret(proofHash, ofBrowser))
  const proof = isRight ? 'right' : proofHash === undefined ? 'none' : 'wrong'
  return disclose(record, viewer, proof, now).answer
}

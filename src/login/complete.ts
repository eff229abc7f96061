/** How a login ends: its callback is matched with the pending state, and the login's object redeems the answer. */
import type { AccountView } from '../account/view'
import { hash } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { Failure, failed, type Result, unwrap } from '../failure'
import { LOGIN_AFTERLIFE_SECONDS } from '../limits'
import { findPending } from './begin'
import type { Answer, Callback } from './callback'
import { openCookie, proofHashOf, proofOf, type Remembered } from './cookie'
import { denialOf } from './denial'
import { pageAtX } from './flows'
import { openFormerCookie } from './former-cookie'
import type { Redeemer } from './login'
import { type PendingLogin, sealPending } from './pending'
import { withResult } from './return-address'
import { loginAt } from './stub'
import { originOfReturn } from './way-back'
import { appOfLogin } from './x-app'

/** How a login ended in a browser, and where that browser goes next. */
export interface Completed {
  result: Result<AccountView>
  /** Where the browser goes next, the proof of this login in it; undefined: a page is shown. */
  returnTo?: string
  /** Where a page leads that is shown in another browser than the login's: the app's start page. */
  appPage?: string
  /** Where the user approves this login; absent once it is over. */
  pageAtX?: string
}

/**
 * Completes a login from the browser that began it. One whose cookie holds the pending state costs no KV read; one
 * without a cookie of ours wakes no object.
 *
 * @param id - the login's id, by the callback's key or the PIN form
 * @param cookie - the text of this login's cookie, as the browser sent it
 * @param now - Unix seconds
 * @returns how it ended: the failures of an exchange are in `result`, not thrown
 * @throws Failure `login_unknown`, `config_incomplete`, `sealed_unreadable`, `storage_unavailable`, before anything is
 *   changed.
 */
export async function completeInBrowser(
  env: Env,
  id: string,
  answer: Answer,
  cookie: string | undefined,
  now: number,
): Promise<Completed> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const opened = await openCookie(await keyringOf(config.sealingKeys), id, cookie)
  if (opened && opened.expiresAt <= now) return resume(env, id, opened, now)
  const pending = opened?.pending ?? (await findPending(env, id, now).catch(unknownAs))
  if (!pending) return resume(env, id, opened, now)
  const remembered = opened ?? (await openFormerCookie(pending, cookie))
  if (!remembered) {
    const appPage = pending.returnTo && originOfReturn(pending.returnTo)
    return { result: failed('login_elsewhere'), ...(appPage ? { appPage } : {}) }
  }
  const who = { proofHash: await proofHashOf(remembered), isCreator: false }
  const result = await bring(env, id, pending, answer, who)
  const app = appOfLogin(config, pending)
  return {
    result,
    ...(await returningTo(id, pending.returnTo, remembered)),
    ...(app ? { pageAtX: await pageAtX(app, pending) } : {}),
  }
}

function unknownAs(error: unknown): undefined {
  if (error instanceof Failure && error.data.code === 'login_unknown') return undefined
  throw error
}

/** Answers a browser whose login's pending state is gone: the login's object may still know how it ended. */
async function resume(
  env: Env,
  id: string,
  opened: Remembered | undefined,
  now: number,
): Promise<Completed> {
  // Junk, and a cookie that outlived its login, shall not cost an object's call.
  if (!opened || now >= opened.expiresAt + LOGIN_AFTERLIFE_SECONDS)
    throw new Failure('login_unknown')
  const resumed = await loginAt(env, id).resume(await proofHashOf(opened))
  if (!resumed) throw new Failure('login_unknown')
  return { result: resumed.result, ...(await returningTo(id, resumed.returnTo, opened)) }
}

/**
 * Completes a login for the caller that made it, which brings what the user pasted.
 *
 * @param caller - the caller, with the accounts that it is limited to now: a list that shrank meanwhile holds
 * @param callback - what stood in the address that X sent the browser to, or the bare code or PIN
 * @param now - Unix seconds
 * @throws Failure `login_unknown`, `callback_malformed` for a callback of another login, and any in which a login can
 *   end.
 */
export async function completeForCreator(
  env: Env,
  id: string,
  caller: { id: string; accounts: readonly string[] | undefined },
  callback: Callback | { answer: Answer },
  now: number,
): Promise<AccountView> {
  const found = await findPending(env, id, now)
  if (found.creator?.id !== caller.id) throw new Failure('login_unknown')
  const { accounts } = caller
  const pending = { ...found, creator: { id: caller.id, ...(accounts ? { accounts } : {}) } }
  if ('key' in callback && (await idOf(callback)) !== id)
    throw new Failure('callback_malformed', 'It belongs to another login.')
  // No browser holds this as its cookie: the proof of a login that its caller completed is nobody's.
  const who = { proofHash: await proofHashOf({ nonce: pending.browserSecret }), isCreator: true }
  return unwrap(await bring(env, id, pending, callback.answer, who))
}

/** The id of the login that a callback answers. */
export const idOf = ({ key }: Callback): Promise<string> => hash(key)

/** Brings an answer, or that there is none, to the login's object. */
async function bring(
  env: Env,
  id: string,
  pending: PendingLogin,
  answer: Answer,
  who: Redeemer,
): Promise<Result<AccountView>> {
  const keyring = await keyringOf(configOf(env).sealingKeys)
  const redemption = { id, sealedPending: await sealPending(keyring, id, pending), ...who }
  const stub = loginAt(env, id)
  if ('error' in answer) return stub.cancel({ ...redemption, ...denialOf(answer.error) })
  const redeem = pending.loginApp === undefined ? stub.redeem : stub.redeemByLoginApp
  return redeem({ ...redemption, answer })
}

async function returningTo(
  id: string,
  returnTo: string | undefined,
  remembered: Remembered,
): Promise<Pick<Completed, 'returnTo'>> {
  if (returnTo === undefined) return {}
  return { returnTo: withResult(returnTo, `${id}.${(await proofOf(remembered)).reveal()}`) }
}

/** How a login ends: its callback is matched with the pending state, and the login's object redeems the answer. */
import type { AccountView } from '../account/view'
import { hash } from '../crypto/hash'
import { configOf } from '../env'
import { Failure, type FailureData, type Result, unwrap } from '../failure'
import { Secret } from '../secret'
import { quote } from '../x/answer'
import { type Found, findPending } from './begin'
import { ACCESS_DENIED, type Answer, type Callback } from './callback'
import { isCookieOf, proofHashOf, proofOf } from './cookie'
import { pageAtX } from './flows'
import type { Redeemer } from './login'
import { withResult } from './return-address'
import { loginAt } from './stub'

/** How a login ended in a browser, and where that browser goes next. */
export interface Completed {
  result: Result<AccountView>
  /** Where the browser goes next, the proof of this login in it; undefined: a page is shown. */
  returnTo: string | undefined
  /** Where the user approves this login; empty once it is over. */
  pageAtX: string
}

/**
 * Completes a login from the browser that began it.
 *
 * @param id - the login's id, by the callback's key or the PIN form
 * @param cookieOf - the value of this login's cookie, by login id
 * @param now - Unix seconds
 * @returns how it ended: the failures of an exchange are in `result`, not thrown
 * @throws Failure `login_unknown`, `login_elsewhere`, `config_incomplete`, `sealed_unreadable`, `storage_unavailable`,
 *   before anything is changed.
 */
export async function completeInBrowser(
  env: Env,
  id: string,
  answer: Answer,
  cookieOf: (id: string) => string | undefined,
  now: number,
): Promise<Completed> {
  const cookie = new Secret(cookieOf(id) ?? '')
  const pending = await findPending(env, id, now).catch((error: unknown) => {
    if (error instanceof Failure && error.data.code === 'login_unknown') return undefined
    throw error
  })
  if (!pending) return resume(env, id, cookie)
  if (!(await isCookieOf(pending.browserSecret, cookie))) throw new Failure('login_elsewhere')
  const who = { proofHash: await proofHashOf(cookie), isCreator: false }
  const result = await redeem(env, id, pending, answer, who)
  const returnTo = await returnAddress(id, pending.returnTo, cookie)
  return { result, returnTo, pageAtX: await pageAtX(configOf(env), pending) }
}

/** Answers a browser whose login's pending state is gone: the login's object may still know how it ended. */
async function resume(env: Env, id: string, cookie: Secret): Promise<Completed> {
  // A browser without the cookie gets no answer anyway, and junk shall not cost an object's call.
  if (cookie.length === 0) throw new Failure('login_unknown')
  const resumed = await loginAt(env, id).resume(await proofHashOf(cookie))
  if (!resumed) throw new Failure('login_unknown')
  const { result, returnTo } = resumed
  return { result, returnTo: await returnAddress(id, returnTo, cookie), pageAtX: '' }
}

/**
 * Completes a login for the caller that made it, which brings what the user pasted.
 *
 * @param creator - the id of the caller
 * @param callback - what stood in the address that X sent the browser to, or the bare code or PIN
 * @param now - Unix seconds
 * @throws Failure `login_unknown`, `callback_malformed` for a callback of another login, and any in which a login can
 *   end.
 */
export async function completeForCreator(
  env: Env,
  id: string,
  creator: string,
  callback: Callback | { answer: Answer },
  now: number,
): Promise<AccountView> {
  const pending = await findPending(env, id, now)
  if (pending.creator?.id !== creator) throw new Failure('login_unknown')
  if ('key' in callback && (await idOf(callback)) !== id)
    throw new Failure('callback_malformed', 'It belongs to another login.')
  // No browser holds this as its cookie: the proof of a login that its caller completed is nobody's.
  const who = { proofHash: await proofHashOf(pending.browserSecret), isCreator: true }
  return unwrap(await redeem(env, id, pending, callback.answer, who))
}

/** The id of the login that a callback answers. */
export const idOf = ({ key }: Callback): Promise<string> => hash(key)

async function redeem(
  env: Env,
  id: string,
  pending: Found,
  answer: Answer,
  who: Redeemer,
): Promise<Result<AccountView>> {
  const redemption = { id, sealedPending: pending.sealed, ...who }
  const stub = loginAt(env, id)
  if (!('error' in answer)) return stub.redeem({ ...redemption, answer })
  if (answer.error === ACCESS_DENIED) return stub.cancel(redemption)
  // Any other error is X's own trouble: the login stays open, since a code may still come.
  return { ok: false, failure: refusedByX(answer.error) }
}

async function returnAddress(
  id: string,
  returnTo: string | undefined,
  cookie: Secret,
): Promise<string | undefined> {
  if (returnTo === undefined) return undefined
  return withResult(returnTo, `${id}.${(await proofOf(cookie)).reveal()}`)
}

const refusedByX = (error: string): FailureData =>
  new Failure('login_refused_by_x', `X says: ${quote(error)}.`).data

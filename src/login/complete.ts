/** How a login ends: the callback is matched with its pending state and redeemed by the login's object. */
import type { AccountView } from '../account/view'
import { hash, sameSecret } from '../crypto/hash'
import { Failure, type FailureData, type Result, unwrap } from '../failure'
import { Secret } from '../secret'
import { quote } from '../x/answer'
import { findPending } from './begin'
import type { Callback } from './callback'
import type { PendingLogin } from './pending'

export interface Completed {
  result: Result<AccountView>
  /** Where the browser goes next, the proof of this login in it; undefined: a page is shown. */
  returnTo: string | undefined
}

/**
 * Completes a login from the browser that began it.
 *
 * @param cookieOf - the value of this login's cookie, by login id
 * @throws Failure `login_unknown`, `login_elsewhere`, before anything is changed
 */
export async function completeInBrowser(
  env: Env,
  callback: Callback,
  cookieOf: (id: string) => string | undefined,
  now: number,
): Promise<Completed> {
  const id = await hash(callback.state)
  const cookie = new Secret(cookieOf(id) ?? '')
  const pending = await findPending(env, id, now).catch((error: unknown) => {
    if (error instanceof Failure && error.data.code === 'login_unknown') return undefined
    throw error
  })
  if (!pending) return resume(env, id, cookie)
  if (!(await sameSecret(cookie.reveal(), pending.binding.reveal())))
    throw new Failure('login_elsewhere')
  const result = await redeem(env, id, pending, callback)
  return { result, returnTo: await returnAddress(id, pending.returnTo, pending.binding) }
}

/** The pending state is gone, but the login's object may still know how it ended. */
async function resume(env: Env, id: string, cookie: Secret): Promise<Completed> {
  // Without a cookie nobody is asked: junk shall not cost an object's call.
  if (cookie.length === 0) throw new Failure('login_unknown')
  const proofHash = await hash((await proofOf(cookie)).reveal())
  const resumed = await env.LOGIN.getByName(id).resume(proofHash)
  if (!resumed) throw new Failure('login_unknown')
  const { result, returnTo } = resumed
  return { result, returnTo: await returnAddress(id, returnTo, cookie) }
}

/**
 * Completes a login for the caller that made it, which brings what the user pasted.
 *
 * @param id - the login's id; a `state` that belongs to another login is refused
 * @throws Failure of any kind in which a login can end
 */
export async function completeForMaker(
  env: Env,
  id: string,
  maker: string,
  callback: Callback | { code: string },
  now: number,
): Promise<AccountView> {
  const pending = await findPending(env, id, now)
  if (pending.maker?.id !== maker) throw new Failure('login_unknown')
  if ('state' in callback && (await hash(callback.state)) !== id)
    throw new Failure('callback_malformed', 'It belongs to another login.')
  return unwrap(await redeem(env, id, pending, callback))
}

async function redeem(
  env: Env,
  id: string,
  pending: PendingLogin & { sealed: string },
  callback: Callback | { code: string },
): Promise<Result<AccountView>> {
  const proofHash = await hash((await proofOf(pending.binding)).reveal())
  const redemption = { id, sealedPending: pending.sealed, proofHash }
  const stub = env.LOGIN.getByName(id)
  if ('code' in callback) return stub.redeem({ ...redemption, code: callback.code })
  if (callback.error === 'access_denied') return stub.cancel(redemption)
  // Anything else is X's own trouble, and a code may still come.
  return { ok: false, failure: refusedByX(callback.error) }
}

/** The login's proof: whoever shows it is the browser that completed it. Derived, so that every callback gives the same. */
async function proofOf(binding: Secret): Promise<Secret> {
  return new Secret(await hash(`perch login proof ${binding.reveal()}`))
}

async function returnAddress(
  id: string,
  returnTo: string | undefined,
  binding: Secret,
): Promise<string | undefined> {
  if (returnTo === undefined) return undefined
  const url = new URL(returnTo)
  url.searchParams.set('login', `${id}.${(await proofOf(binding)).reveal()}`)
  return url.href
}

const refusedByX = (error: string): FailureData =>
  new Failure('login_refused_by_x', `X says: ${quote(error)}.`).data

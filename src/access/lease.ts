import { isDue, type LeaseRequest } from '../account/decide'
import { openToken } from '../account/grant'
import type { Degraded, Leased } from '../account/lease-outcome'
import { accountAt } from '../account/stub'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { Failure, type Result, unwrap } from '../failure'
import { OBJECT_PATIENCE_MS, OBJECT_RETRY_SECONDS } from '../limits'
import { log } from '../log'
import { inTime } from '../patience'
import type { Secret } from '../secret'
import type { RefreshPolicy } from '../setting-values'
import { forgetAccount, rememberAccount, type VaultAccount } from '../store/vault'
import { noteOfUse } from './use'

/** A token for a caller, and until when and for what it is good. */
export interface Lease {
  accessToken: Secret
  /** Unix seconds. */
  expiresAt: number
  scope: string
  generation: number
  degraded?: Degraded
  /** What is left to be done once the answer has left. It never rejects. */
  afterwards?: () => Promise<void>
}

/**
 * A token that is valid now.
 *
 * @param now - Unix seconds
 * @param copy - what KV has of the account, as far as it was read
 * @throws Failure `account_unknown`, `login_required`, `refresh_failed`, `account_disconnecting`, `sealed_unreadable`
 */
export async function lease(
  env: Env,
  id: string,
  request: LeaseRequest,
  now: number,
  copy: VaultAccount | null,
): Promise<Lease> {
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const isTrusted = copy !== null && trusted(copy, request, config.refreshPolicy, now)
  const { account, degraded }: Leased = isTrusted
    ? { account: copy }
    : await askObject(env, id, request, now, copy)
  const grant = account.oauth2!
  const keyring = await keyringOf(config.sealingKeys)
  const accessToken = await openToken(keyring, id, 'oauth2.accessToken', grant.accessToken)
  const { expiresAt, scope, generation } = grant
  // An object that was asked has noted the use.
  const afterwards = isTrusted ? noteOfUse(env, copy, now) : undefined
  return {
    ...{ accessToken, expiresAt, scope, generation },
    ...(degraded ? { degraded } : {}),
    ...(afterwards ? { afterwards } : {}),
  }
}

/** Until it is due, nothing scheduled has rotated the pair, so KV's copy of it is as good as the object's. */
function trusted(
  copy: VaultAccount,
  request: LeaseRequest,
  policy: RefreshPolicy,
  now: number,
): boolean {
  const { status, oauth2: grant } = copy
  if (
    request.because !== 'lease' ||
    status !== 'ok' ||
    !grant ||
    grant.failure ||
    grant.unconfirmed ||
    grant.endedAtX ||
    grant.ended
  )
    return false
  return !isDue(grant, policy, now) && grant.expiresAt - now >= Math.max(request.minTtl, 1)
}

async function askObject(
  env: Env,
  id: string,
  request: LeaseRequest,
  now: number,
  copy: VaultAccount | null,
): Promise<Leased> {
  forgetAccount(id)
  const stub = accountAt(env, id)
  const result = await inTime<Result<Leased>>(stub.lease(request), OBJECT_PATIENCE_MS).catch(
    () => undefined,
  )
  if (result) {
    const leased = unwrap(result.value)
    rememberAccount(leased.account, now)
    return leased
  }
  log('account_unreachable', { account: id })
  const others = copy?.oauth2?.ended?.reason === 'belongs_to_another'
  if (copy?.oauth2 && copy.oauth2.expiresAt > now && !others) {
    const detail = 'The account’s object could not be reached; this is the last copy of its token.'
    return { account: copy, degraded: { reason: 'object_unreachable', since: now, detail } }
  }
  throw new Failure(
    'refresh_failed',
    'The account’s object could not be reached.',
    OBJECT_RETRY_SECONDS,
  )
}

/** A grant between X and its account: what X gave, how it rests meanwhile, whose it is, and how it is given back. */

import type { AccountGrant } from '../account/adoption'
import { ofAnotherApp } from '../account/another-app'
import { sealTokens, sealUserToken } from '../account/grant'
import type { Keyring } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { openJson, sealJson } from '../crypto/sealed-json'
import type { Config, RefreshPolicy } from '../env'
import type { Secret } from '../secret'
import { whoIs, whoSigns } from '../x/me'
import { invalidate, type UserToken } from '../x/oauth1'
import { revoke } from '../x/token'
import type { User } from '../x/user'

/** What X gave, in the open. Times are Unix seconds unless a name says otherwise. */
export type Obtained = { obtainedAtMs: number } & (
  | {
      kind: 'oauth2'
      accessToken: Secret
      refreshToken: Secret | undefined
      scope: string
      expiresAt: number
      clientId: string
    }
  | ({ kind: 'oauth1'; apiKey: string } & UserToken)
)

/** The same at rest, in its login's object. */
export interface UnadoptedGrant {
  obtainedAtMs: number
  /** When asking X whose it is stops making sense; null: never. */
  expiresAt: number | null
  sealed: Sealed
}

const place = (id: string): string => `LOGIN/${id}#grant`

export async function sealGrant(k: Keyring, id: string, grant: Obtained): Promise<UnadoptedGrant> {
  const expiresAt = grant.kind === 'oauth2' ? grant.expiresAt : null
  return {
    obtainedAtMs: grant.obtainedAtMs,
    expiresAt,
    sealed: await sealJson(k, grant, place(id)),
  }
}

/** @throws Failure `sealed_unreadable` */
export const openGrant = (k: Keyring, id: string, grant: UnadoptedGrant): Promise<Obtained> =>
  openJson(k, grant.sealed, place(id))

/**
 * Whose it is, or in words why X did not say. OAuth 1.0a brings the user along, without the display name, unless X's
 * answer broke off before the username. `now` is Unix seconds.
 */
export function ownerOf(config: Config, grant: Obtained, now: number): Promise<User | string> {
  if (grant.kind === 'oauth2') return whoIs(config, grant.accessToken)
  const { id, username } = grant.user
  if (username === undefined) return whoSigns(config, grant, now)
  return Promise.resolve({ id, username, name: '' })
}

/** @returns undefined when X took it back, else why not. `now` is Unix seconds */
export function giveBack(
  config: Config,
  grant: Obtained,
  now: number,
): Promise<string | undefined> {
  const other = ofAnotherApp(config, grant)
  if (other !== undefined) return Promise.resolve(other)
  return grant.kind === 'oauth2' ? revoke(config, grant, now) : invalidate(config, grant, now)
}

/** The grant, sealed for its account. */
export async function grantFor(
  k: Keyring,
  id: string,
  grant: Obtained,
  policy: RefreshPolicy,
): Promise<AccountGrant> {
  const { obtainedAtMs } = grant
  if (grant.kind === 'oauth1') {
    const { apiKey } = grant
    return { kind: 'oauth1', ...(await sealUserToken(k, id, grant)), obtainedAtMs, apiKey }
  }
  const { accessToken, refreshToken, scope, expiresAt, clientId } = grant
  const from = Math.floor(obtainedAtMs / 1000)
  const pair = { accessToken, refreshToken, scope, expiresAt, from, policy }
  const sealed = await sealTokens(k, id, pair)
  return { kind: 'oauth2', ...sealed, scope, obtainedAtMs, clientId }
}

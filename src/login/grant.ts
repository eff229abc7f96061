/** A grant between X and its account: what X gave, how it rests meanwhile, whose it is, and how it is given back. */
import { ofAnotherApp } from '../account/another-app'
import type { FreshGrant } from '../account/grant'
import type { Keyring } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { openJson, sealJson } from '../crypto/sealed-json'
import type { Config } from '../env'
import { endAtX, grantOwner } from '../x/grant-kinds'
import type { Unnamed } from '../x/me'
import type { UserToken } from '../x/oauth1'
import type { User } from '../x/user'

/** What X gave for a login, in the open: with OAuth 1.0a, whose it is comes along. */
export type Obtained = FreshGrant<'oauth2'> | (FreshGrant<'oauth1'> & Pick<UserToken, 'user'>)

/** What X gave for a login as it rests in the login's object, until an account has it or X has it back. */
export interface UnadoptedGrant {
  /** Unix milliseconds. */
  obtainedAtMs: number
  /** Unix seconds: when the access token has to be refreshed before X can be asked whose it is; null: never. */
  expiresAt: number | null
  sealed: Sealed
}

const restPlace = (id: string): string => `LOGIN/${id}#grant`

/** Seals what X gave, for the object of this login. */
export async function sealGrant(k: Keyring, id: string, grant: Obtained): Promise<UnadoptedGrant> {
  return {
    obtainedAtMs: grant.obtainedAtMs,
    expiresAt: 'expiresAt' in grant ? grant.expiresAt : null,
    sealed: await sealJson(k, grant, restPlace(id)),
  }
}

/** Opens what {@link sealGrant} made for this login. @throws Failure `sealed_unreadable`. */
export const openGrant = (k: Keyring, id: string, grant: UnadoptedGrant): Promise<Obtained> =>
  openJson(k, grant.sealed, restPlace(id))

/**
 * Whose a grant is, or why X did not say. OAuth 1.0a brings the user along, without the display name, unless
 * X's answer broke off before the username. `now` is Unix seconds.
 */
export function ownerOf(config: Config, grant: Obtained, now: number): Promise<User | Unnamed> {
  if ('user' in grant && grant.user.username !== undefined) {
    const { id, username } = grant.user
    return Promise.resolve({ id, username, name: '' })
  }
  return grantOwner(config, grant.kind, grant, now)
}

/**
 * Gives a grant back to X, unless it was issued to another app than the configured one. `now` is Unix seconds.
 *
 * @returns undefined when X took it back, else why not.
 */
export async function giveBack(
  config: Config,
  grant: Obtained,
  now: number,
): Promise<string | undefined> {
  const other = ofAnotherApp(config, grant.kind, grant)
  return other ?? (await endAtX(config, grant.kind, grant, now)).message
}

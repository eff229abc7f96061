/** What an account has lost of the scopes that it had. Plain data in, plain data out, and one line in the log. */
import type { log } from '../log'
import { scopeWords } from '../scopes'
import type { VaultAccount, VaultOAuth2 } from '../store/vault'

type Scoped = Pick<VaultOAuth2, 'scope' | 'lostScopes'>

/**
 * The grant that tells what an account could do so far. One that was imported without scopes does not know, and one of
 * another user says nothing of this account: then it is the grant that they took the place of.
 */
export function heldBefore(
  account: Pick<VaultAccount, 'oauth2' | 'formers'> | undefined,
): VaultOAuth2 | undefined {
  const { oauth2, formers } = account ?? {}
  const tells = oauth2 && oauth2.scope !== '' && oauth2.ended?.reason !== 'belongs_to_another'
  return tells ? oauth2 : formers?.[0]
}

/**
 * What a grant with these scopes lacks of those that the account had, those that were lost before included. Where nobody
 * knows what a grant may do, as of an import without scopes, nothing is known to be lost.
 *
 * @param before - the grant that the account had; undefined: it had none
 * @param scope - what the account has from now on.
 */
export function lostScopes(
  before: Scoped | undefined,
  scope: string,
): Pick<VaultOAuth2, 'lostScopes'> {
  const has = new Set(scopeWords(scope))
  if (!before || has.size === 0) return {}
  const had = [...scopeWords(before.scope), ...(before.lostScopes ?? [])]
  const lost = [...new Set(had)].filter((each) => !has.has(each))
  return lost.length > 0 ? { lostScopes: lost } : {}
}

/** The scopes that a grant lacks and the one before it had: what just happened, and nobody was told yet. */
export function newlyLost(before: Scoped | undefined, after: Scoped | undefined): string[] {
  return (after?.lostScopes ?? []).filter((each) => !before?.lostScopes?.includes(each))
}

/** Says in the log what an account could do and cannot any more: its programs find out by a 403 of X. */
export function tellLoss(
  fx: { log: typeof log },
  before: Pick<VaultAccount, 'oauth2'> | undefined,
  after: Pick<VaultAccount, 'id' | 'oauth2'>,
  by: 'login' | 'import' | 'refresh' | 'exchange',
): void {
  const lost = newlyLost(before?.oauth2, after.oauth2)
  if (lost.length > 0) fx.log('scope_reduced', { account: after.id, by, lost })
}

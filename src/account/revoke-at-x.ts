/** Ends an account’s grants at X. */
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { failedWith } from '../failure'
import type { EndedTokens, GrantKind, VaultAccount } from '../store/vault'
import { endAtX, KINDS_AT_X } from '../x/grant-kinds'
import { ofAnotherApp } from './another-app'
import type { EndNote } from './ended-at-x'
import { grantsHeld, openTokens } from './grant'

/** What X confirmed of the grants that it was to end, and why not of the others. */
export interface RevokedAtX {
  revoked: GrantKind[]
  /** Undefined when all have ended. */
  message: string | undefined
  /** What became of the tokens of each grant that X was asked about. */
  notes: EndNote[]
}

/** Ends grants at X, each of them whatever comes of the others. `now` is Unix seconds. Never throws. */
export async function revokeAtX(
  env: Env,
  account: VaultAccount,
  kinds: readonly GrantKind[],
  now: number,
): Promise<RevokedAtX> {
  const revoked: GrantKind[] = []
  const refused: string[] = []
  const notes: EndNote[] = []
  for (const kind of kinds) {
    const noted: EndNote[] = []
    const message = await revokeOne(env, account, kind, now, noted).catch(
      (error: unknown) => failedWith(error).failure.detail ?? 'Perch could not ask X.',
    )
    notes.push(...noted)
    if (message === undefined) revoked.push(kind)
    else refused.push(message)
  }
  return { revoked, message: refused.length > 0 ? refused.join(' ') : undefined, notes }
}

/** @param notes - takes what became of each grant, also of those before one that fails */
async function revokeOne(
  env: Env,
  account: VaultAccount,
  kind: GrantKind,
  now: number,
  notes: EndNote[],
): Promise<string | undefined> {
  const config = configOf(env)
  need(config, ...KINDS_AT_X[kind].settings)
  const grant = account[kind]
  // X was told about somebody else's tokens by mistake; they are not ours to end.
  if (!grant || grant.ended?.reason === 'belongs_to_another') return undefined
  const other = ofAnotherApp(config, kind, grant)
  if (other !== undefined) return other
  const keyring = await keyringOf(config.sealingKeys)
  const refused: string[] = []
  // What an import took the place of may be alive as well, whatever X says of the imported one.
  for (const held of grantsHeld(account, kind)) {
    const tokens = await openTokens(keyring, account.id, kind, held)
    const end = await endAtX(config, kind, tokens, now, held.endedAtX?.tokens)
    notes.push({ grant: held, tokens: end.tokens })
    if (end.message !== undefined) refused.push(`${end.message}${halfOf(end.tokens)}`)
  }
  return refused.length > 0 ? refused.join(' ') : undefined
}

const halfOf = ({ refreshToken }: EndedTokens): string =>
  refreshToken === 'ended' ? ' X has ended the refresh token.' : ''

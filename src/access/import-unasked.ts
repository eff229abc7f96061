/** A user token of OAuth 1.0a taken in without asking X whose it is: the token names its user, and each question costs. */
import { sealFresh } from '../account/grant'
import { accountAt } from '../account/stub'
import { secondsOf } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { randomText } from '../crypto/random'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { rememberAccount } from '../store/vault'
import { KINDS_AT_X } from '../x/grant-kinds'
import { livesOn } from './held-pair'
import type { ImportedGrant } from './import'

/**
 * Puts a user token into the account that it names, where there is none. It is used, and rests unconfirmed until X said whose
 * it is: by the first call that is signed with it, or by an exchange.
 *
 * @param username - as whoever brings it knows it; nobody vouches for it
 * @param nowMs - Unix milliseconds
 * @returns `occupied`: the account holds another one, and nothing was changed
 * @throws Failure `config_incomplete`, `sealed_unreadable`, `import_superseded` when the account changed meanwhile.
 */
export async function importUnasked(
  env: Env,
  id: string,
  username: string | undefined,
  imported: ImportedGrant<'oauth1'>,
  nowMs: number,
): Promise<'imported' | 'already' | 'occupied'> {
  const config = configOf(env)
  need(config, ...KINDS_AT_X.oauth1.settings)
  const held = await accountAt(env, id).read()
  if (held?.oauth1) return (await livesOn(env, held, imported)) ? 'already' : 'occupied'
  const { sealingKeys, apiKey, refreshPolicy } = config
  const fresh = { ...imported, obtainedAtMs: nowMs, apiKey }
  const grant = await sealFresh(await keyringOf(sealingKeys), id, fresh, refreshPolicy)
  const { how, account } = await accountAt(env, id).adopt({
    id,
    username: username ?? id,
    name: '',
    loginId: `import:${randomText(12)}`,
    grant: { ...grant, unconfirmed: true },
    asOf: 0,
  })
  // Another line with the same account came in between.
  if (how === 'occupied') return importUnasked(env, id, username, imported, nowMs)
  if (!account || how !== 'adopt') throw new Failure('import_superseded')
  rememberAccount(account, secondsOf(nowMs))
  return 'imported'
}

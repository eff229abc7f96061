/** How a refresh token that comes from elsewhere comes in: it is handed to the object that keeps it, see `imported-pair.ts`. */
import { accountAt } from '../account/stub'
import { type AccountView, viewOf } from '../account/view'
import { secondsOf } from '../clock'
import { hash } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { Failure, type FailureData, unwrap } from '../failure'
import type { FailureCode } from '../failures'
import { IMPORT_REMEMBERED_SECONDS } from '../limits'
import { Secret } from '../secret'
import { OAUTH2_SETTINGS } from '../settings'
import { sealGrant } from './grant'
import type { Creator } from './pending'
import { loginAt } from './stub'

/**
 * Has X refresh a token that comes from elsewhere, and brings the new pair to the account that X names. The same token
 * brought again is not presented again: it tells how far the first import is.
 *
 * @param nowMs - Unix milliseconds
 * @throws Failure `import_unfinished` while X does not say, `refresh_token_refused`, `import_superseded` when the account
 *   was disconnected meanwhile, `config_incomplete`, `object_unreachable`.
 */
export async function importPair(
  env: Env,
  { refreshToken, scope = '' }: { refreshToken: Secret; scope: string | undefined },
  creator: Creator,
  nowMs: number,
): Promise<AccountView> {
  const config = configOf(env)
  need(config, ...OAUTH2_SETTINGS)
  const id = await importIdOf(refreshToken)
  const grant = {
    kind: 'oauth2',
    // There is none that X would take: it is refreshed first.
    accessToken: new Secret(''),
    expiresAt: 0,
    refreshToken,
    scope,
    clientId: config.clientId,
    obtainedAtMs: nowMs,
  } as const
  const result = await loginAt(env, id).take({
    id,
    expiresAt: secondsOf(nowMs) + IMPORT_REMEMBERED_SECONDS,
    creator,
    grant: await sealGrant(await keyringOf(config.sealingKeys), id, grant),
  })
  const { id: account } = unwrap(
    result.ok ? result : { ok: false, failure: asImport(result.failure) },
  )
  // What the import found once is not what is so now: the account may have been refreshed, or disconnected.
  const now = await accountAt(env, account).read()
  if (!now) throw new Failure('account_unknown')
  return viewOf(now, secondsOf(nowMs))
}

/** The name of an import: the object that takes it in is named by it, and an account knows by it what it took in. */
export const importIdOf = async (token: Secret): Promise<string> =>
  `import:${await hash(`perch import ${token.reveal()}`)}`

/** Whether the import of this name came to its account within the last week, with a refresh first. */
export const isImported = (env: Env, importId: string): Promise<boolean> =>
  loginAt(env, importId).isComplete()

/** What a login's failure is for an import. */
function asImport(failure: FailureData): FailureData {
  return { ...failure, code: AS_IMPORT[failure.code] ?? failure.code }
}

const AS_IMPORT: Partial<Record<FailureCode, FailureCode>> = {
  login_unfinished: 'import_unfinished',
  identity_unknown: 'refresh_token_refused',
  login_superseded: 'import_superseded',
}

/** How the app-only bearer is handed out and ended: from KV where it has a copy, else by the object `App`. */
import { keyringOf } from '../crypto/keyring'
import { keyIdOf, open, type Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { type Result, unwrap } from '../failure'
import { CALLER_PATIENCE_MS } from '../limits'
import { errorOf, log } from '../log'
import type { Secret } from '../secret'
import { OAUTH1_SETTINGS } from '../settings'
import { bearerPlace, forgetBearer, getBearer } from '../store/bearer'
import type { Invalidated, Owner } from './held-bearer'
import { demandApp } from './stub'

/**
 * The app-only bearer, verbatim: its percent signs belong to it.
 *
 * @param now - Unix seconds
 * @throws Failure `config_incomplete`, `app_credentials_refused`, `x_rate_limited`, `x_unreachable`, `sealed_unreadable`, `object_unreachable`
 */
export async function appBearer(env: Env, now: number): Promise<Secret> {
  const config = configOf(env)
  need(config, ...OAUTH1_SETTINGS)
  const copy = await getBearer(env.VAULT, now).catch((error: unknown) => {
    log('vault_read_failed', errorOf(error))
    return null
  })
  const keyring = await keyringOf(config.sealingKeys)
  const usable = copy?.apiKey === config.apiKey && keyring.keys.has(keyIdOf(copy.bearer))
  const sealed = usable
    ? copy.bearer
    : unwrap(await demandApp<Result<Sealed>>(env, (app) => app.bearer(), CALLER_PATIENCE_MS))
  return open(keyring, sealed, bearerPlace)
}

/** Ends the bearer at X and here. @throws Failure `bearer_unknown`, `invalidate_failed`, `config_incomplete` */
export async function endBearer(
  env: Env,
  owner: Owner | undefined,
  force: boolean,
): Promise<Invalidated> {
  need(configOf(env), ...OAUTH1_SETTINGS)
  const ended = unwrap(
    await demandApp<Result<Invalidated>>(
      env,
      (app) => app.invalidate(owner, force),
      2 * CALLER_PATIENCE_MS,
    ),
  )
  forgetBearer()
  return ended
}

/** Which X app a login goes through: the one whose grants are kept, or a second one for logins that keep nothing. */
import { type Config, need } from '../env'
import type { Flow } from '../setting-values'
import type { Setting } from '../settings'
import { KINDS_AT_X } from '../x/grant-kinds'
import { FLOWS } from './flows'
import type { Obtained } from './grant'
import type { PendingLogin } from './pending'

/** What a login through the second app needs to be right, beside what its flow needs. */
const LOGIN_APP_SETTINGS: readonly Setting[] = ['X_LOGIN_CLIENT_ID', 'X_LOGIN_CLIENT_SECRET']

/** The configuration for calls that the second app makes. */
const asLoginApp = (config: Config): Config => ({
  ...config,
  clientId: config.loginClientId,
  clientSecret: config.loginClientSecret,
  clientType: config.loginClientSecret.length > 0 ? 'confidential' : 'public',
})

/**
 * The app that a new login goes through, as a configuration; `loginApp` is its client id where it is the second one. X
 * ends a user's former grant for a new one of the same app, and only then: a login that keeps nothing shall not cost a
 * connected account the grant that it lives on.
 *
 * @throws Failure `config_incomplete` where half of the second app is configured.
 */
export function appForNewLogin(
  config: Config,
  flow: Flow,
  identityOnly = false,
): { app: Config; loginApp?: string } {
  const { nextLogin } = KINDS_AT_X[FLOWS[flow].grantKind]
  if (!identityOnly || nextLogin !== 'ends it') return { app: config }
  need(config, ...LOGIN_APP_SETTINGS)
  const { loginClientId: loginApp } = config
  return loginApp === '' ? { app: config } : { app: asLoginApp(config), loginApp }
}

/** What the app of a login that was begun needs to be right. */
export const appSettings = ({ loginApp }: Pick<PendingLogin, 'loginApp'>): readonly Setting[] =>
  loginApp === undefined ? [] : LOGIN_APP_SETTINGS

/**
 * The app that a login was begun with, as a configuration; undefined: it is not configured any more, and no other one may
 * be sent what X gives for this login.
 */
export function appOfLogin(
  config: Config,
  { loginApp }: Pick<PendingLogin, 'loginApp'>,
): Config | undefined {
  if (loginApp === undefined) return config
  return loginApp === config.loginClientId ? asLoginApp(config) : undefined
}

/** The app that a login's grant was issued to, as a configuration, if it is the second one; else the first one. */
export function appOfGrant(config: Config, grant: Obtained): Config {
  const isOfLoginApp = 'clientId' in grant && grant.clientId === config.loginClientId
  return isOfLoginApp ? asLoginApp(config) : config
}

/** The configuration: every setting of this Worker, read and judged once. */
import { Failure } from './failure'
import type { Secret } from './secret'
import type { Allow, ClientType, Flow, RefreshPolicy } from './setting-values'
import { readSetting, type Setting } from './settings'

/** The settings of a deployment as they were read. */
export interface Config {
  /** The origin people and X know this Worker by; undefined on loopback, where the request tells. */
  publicOrigin: string | undefined
  /** Hosts that may be asked in plain http in development, beside this machine; without a port, at every port. */
  devHttpHosts: string[]
  apiOrigin: string
  webOrigin: string
  scopes: string[]
  clientType: ClientType
  clientId: string
  /** Empty for public clients. */
  clientSecret: Secret
  /** The second X app, for logins that keep nothing; empty: there is none, and they go through the first one. */
  loginClientId: string
  /** Empty where that app is a public client. */
  loginClientSecret: Secret
  /** API Key and Secret: OAuth 1.0a and the app-only bearer. */
  apiKey: string
  apiSecret: Secret
  /** The X user id of the app's owner; empty when not told. */
  appOwner: string
  flows: Flow[]
  /** Whether logins that a browser begins by OAuth 1.0a exchange their token for a pair. */
  loginExchange: boolean
  refreshPolicy: RefreshPolicy
  /** For how many days events stay in the log. */
  eventsDays: number
  allow: Allow
  /** Where logins may return, as `readReturnTo` gives it. */
  returnTo: string[]
  /** Base64 of 32 bytes each; the first one seals. */
  sealingKeys: Secret[]
  /** The keys that may do everything: the one, and while it is rotated the next one. */
  adminKeys: Secret[]
  /** Setting -> what is wrong with it and what to set. */
  problems: ReadonlyMap<Setting, string>
  /** Setting -> what may be wrong with it, and passes all the same. */
  warnings: ReadonlyMap<Setting, string>
}

const configs = new WeakMap<Env, Config>()

/** The configuration, read and judged once for each `env`. Never throws: see {@link need}. */
export function configOf(env: Env): Config {
  const config = configs.get(env) ?? readConfig(env)
  configs.set(env, config)
  return config
}

/**
 * Stops a call that cannot succeed as Perch is set up, before anything is begun.
 *
 * @throws Failure `config_incomplete`, naming each setting and what to put there.
 */
export function need(config: Config, ...settings: readonly Setting[]): void {
  const wrong = settings.filter((name) => config.problems.has(name))
  if (wrong.length > 0)
    throw new Failure(
      'config_incomplete',
      wrong.map((name) => `${name}: ${config.problems.get(name)}`).join(' '),
    )
}

function readConfig(env: Env): Config {
  const problems = new Map<Setting, string>()
  const warnings = new Map<Setting, string>()
  // Secrets pasted with a trailing newline are refused by X with a misleading text, so all are trimmed.
  const given = (name: Setting): string => {
    const value: unknown = env[name]
    return typeof value === 'string' ? value.trim() : ''
  }
  const read = <N extends Setting>(name: N) => {
    const { value, problem, warning } = readSetting(name, given)
    if (problem !== undefined) problems.set(name, problem)
    if (warning !== undefined) warnings.set(name, warning)
    return value
  }
  return {
    clientType: read('X_CLIENT_TYPE'),
    flows: read('LOGIN_FLOWS'),
    loginExchange: read('LOGIN_EXCHANGE'),
    returnTo: read('RETURN_TO'),
    allow: read('LOGIN_ALLOW'),
    sealingKeys: read('SEALING_KEYS'),
    adminKeys: [read('ADMIN_KEY'), read('ADMIN_KEY_NEXT')].filter((key) => key !== undefined),
    refreshPolicy: read('REFRESH_POLICY'),
    eventsDays: read('EVENTS_DAYS'),
    appOwner: read('X_APP_OWNER'),
    publicOrigin: read('PUBLIC_ORIGIN'),
    devHttpHosts: read('DEV_HTTP_HOSTS'),
    apiOrigin: read('X_API_ORIGIN'),
    webOrigin: read('X_WEB_ORIGIN'),
    scopes: read('X_SCOPES'),
    clientId: read('X_CLIENT_ID'),
    clientSecret: read('X_CLIENT_SECRET'),
    loginClientId: read('X_LOGIN_CLIENT_ID'),
    loginClientSecret: read('X_LOGIN_CLIENT_SECRET'),
    apiKey: read('X_API_KEY'),
    apiSecret: read('X_API_SECRET'),
    problems,
    warnings,
  }
}

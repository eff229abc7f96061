import { Failure } from './failure'
import { ADMIN_KEY_MIN_CHARS, LAZY_DAYS_MAX } from './limits'
import { Secret } from './secret'

/** The ways to log in: OAuth 2.0; OAuth 1.0a at `authorize`; the same at `authenticate` (Sign in with X); the same with a PIN. */
export const FLOW_NAMES = ['oauth2', 'oauth1', 'signin', 'pin'] as const
export type Flow = (typeof FLOW_NAMES)[number]
export type ClientType = 'confidential' | 'public'
/** Every grant before it expires, or when a lease asks and at least this often. */
export type RefreshPolicy = 'warm' | { lazySeconds: number }

export interface Config {
  /** The origin people and X know this Worker by; undefined on loopback, where the request tells. */
  publicOrigin: string | undefined
  apiOrigin: string
  webOrigin: string
  scopes: string[]
  clientType: ClientType
  clientId: string
  /** Empty for public clients. */
  clientSecret: Secret
  /** API Key and Secret: OAuth 1.0a and the app-only bearer. */
  apiKey: string
  apiSecret: Secret
  /** The X user id of the app's owner; empty when not told. */
  appOwner: string
  flows: Flow[]
  refreshPolicy: RefreshPolicy
  /** Who may log in: everybody, these ids and lower-case `@usernames`, or (undefined) nobody in a browser. */
  allow: '*' | ReadonlySet<string> | undefined
  /** Origins that a login may return to. */
  returnTo: string[]
  /** Base64 of 32 bytes each; the first one seals. */
  sealingKeys: Secret[]
  adminKey: Secret
  /** Setting -> what is wrong with it and what to set. */
  problems: ReadonlyMap<Setting, string>
}

type TextKeys<T> = { [K in keyof T]: T[K] extends string ? K : never }[keyof T]
export type Setting = TextKeys<Env>

const KEY_32_BYTES = /^[A-Za-z0-9+/_-]{43}=?$/
const PLACEHOLDER = /^(<.*>|change.?me.*|your[-_ ].*|replace.*|example.*|todo|x{3,}|\.{3,})$/i
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

const read = new WeakMap<Env, Config>()

/** The configuration, read and judged once for each `env`. Never throws: see {@link need}. */
export function configOf(env: Env): Config {
  const config = read.get(env) ?? readConfig(env)
  read.set(env, config)
  return config
}

/**
 * Stops a call that cannot succeed as Perch is set up, before anything is begun.
 *
 * @throws Failure `config_incomplete`, naming each setting and what to put there
 */
export function need(config: Config, ...settings: Setting[]): void {
  const wrong = settings.filter((name) => config.problems.has(name))
  if (wrong.length > 0)
    throw new Failure(
      'config_incomplete',
      wrong.map((name) => `${name}: ${config.problems.get(name)}`).join(' '),
    )
}

/** What every call to X's OAuth 2.0 endpoints needs, and what keeps its tokens. */
export const OAUTH2_SETTINGS: Setting[] = [
  'X_CLIENT_ID',
  'X_CLIENT_SECRET',
  'X_CLIENT_TYPE',
  'X_API_ORIGIN',
  'X_WEB_ORIGIN',
  'SEALING_KEYS',
]

/** What OAuth 1.0a and the app-only bearer need. */
export const OAUTH1_SETTINGS: Setting[] = [
  'X_API_KEY',
  'X_API_SECRET',
  'X_API_ORIGIN',
  'SEALING_KEYS',
]

/** Whether an address is this machine itself: plain http is accepted there, and nowhere else. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname)
}

function readConfig(env: Env): Config {
  const problems = new Map<Setting, string>()
  // Secrets pasted with a trailing newline are refused by X with a misleading text, so all are trimmed.
  const text = (name: Setting): string => {
    const value: unknown = env[name]
    return typeof value === 'string' ? value.trim() : ''
  }
  const secret = (name: Setting, needed: string): string => {
    const value = text(name)
    if (value === '') problems.set(name, needed)
    else if (PLACEHOLDER.test(value)) problems.set(name, `It still holds a placeholder. ${needed}`)
    else return value
    return ''
  }
  const origin = (name: Setting, fallback?: string): string | undefined => {
    const value = text(name)
    if (value === '' && fallback === undefined) return undefined
    const url = URL.parse(value === '' ? fallback! : value)
    if (url && isOrigin(url)) return url.origin
    problems.set(name, 'Set an origin such as https://perch.example.com, without a path.')
    return undefined
  }
  const words = (name: Setting): string[] =>
    text(name)
      .split(/[\s,]+/)
      .filter((word) => word !== '')

  const clientType = text('X_CLIENT_TYPE') || 'confidential'
  if (clientType !== 'confidential' && clientType !== 'public')
    problems.set(
      'X_CLIENT_TYPE',
      'Set confidential (Web App, bot) or public (Native App, Single Page App).',
    )

  const flows = words('LOGIN_FLOWS')
  const unknown = flows.filter((flow) => !FLOW_NAMES.includes(flow as Flow))
  if (unknown.length > 0)
    problems.set(
      'LOGIN_FLOWS',
      `${unknown.join(', ')} is not a flow; there is: ${FLOW_NAMES.join(', ')}.`,
    )

  const returnTo = words('RETURN_TO').flatMap((word) => {
    const url = URL.parse(word)
    if (url && isOrigin(url)) return [url.origin]
    problems.set('RETURN_TO', `${word} is not an origin such as https://app.example.com.`)
    return []
  })

  // Digits alone are an id, never a username: somebody could register that name.
  const allow = words('LOGIN_ALLOW').map((word) =>
    /^([0-9]+|\*|@.*)$/.test(word) ? word.toLowerCase() : `@${word.toLowerCase()}`,
  )
  if (allow.length === 0)
    problems.set('LOGIN_ALLOW', 'Set * to let everybody log in, or X user ids and usernames.')

  const sealingKeys = secret(
    'SEALING_KEYS',
    'Set 32 random bytes in base64 (openssl rand -base64 32); several are separated by commas.',
  )
    .split(/[\s,]+/)
    .filter((key) => key !== '')
  if (sealingKeys.some((key) => !KEY_32_BYTES.test(key)))
    problems.set('SEALING_KEYS', 'Each key must be 32 bytes in base64: openssl rand -base64 32')

  const adminKey = secret('ADMIN_KEY', 'Set a random key of your own: openssl rand -base64 32')
  if (adminKey !== '' && adminKey.length < ADMIN_KEY_MIN_CHARS)
    problems.set(
      'ADMIN_KEY',
      `It is shorter than ${ADMIN_KEY_MIN_CHARS} characters: openssl rand -base64 32`,
    )

  const policy = text('REFRESH_POLICY') || 'warm'
  if (!policyOf(policy))
    problems.set(
      'REFRESH_POLICY',
      `Set warm, or lazy:<days>d with 1 to ${LAZY_DAYS_MAX} days, such as lazy:30d.`,
    )

  const appOwner = text('X_APP_OWNER')
  if (!/^([1-9][0-9]{0,19})?$/.test(appOwner))
    problems.set('X_APP_OWNER', 'Set the X user id of the app’s owner, digits only, or nothing.')

  return {
    publicOrigin: origin('PUBLIC_ORIGIN'),
    apiOrigin: origin('X_API_ORIGIN', 'https://api.x.com') ?? '',
    webOrigin: origin('X_WEB_ORIGIN', 'https://x.com') ?? '',
    scopes: text('X_SCOPES') === '' ? ['offline.access'] : words('X_SCOPES'),
    clientType: clientType === 'public' ? 'public' : 'confidential',
    clientId: secret('X_CLIENT_ID', 'Set the OAuth 2.0 Client ID of your X app (Keys and tokens).'),
    clientSecret: new Secret(
      clientType === 'public'
        ? ''
        : secret(
            'X_CLIENT_SECRET',
            'Set the OAuth 2.0 Client Secret of your X app, or X_CLIENT_TYPE=public.',
          ),
    ),
    apiKey: secret('X_API_KEY', 'Set the API Key of your X app (Keys and tokens).'),
    apiSecret: new Secret(secret('X_API_SECRET', 'Set the API Key Secret of your X app.')),
    appOwner: problems.has('X_APP_OWNER') ? '' : appOwner,
    flows: flows.length === 0 ? ['oauth2'] : FLOW_NAMES.filter((flow) => flows.includes(flow)),
    refreshPolicy: policyOf(policy) ?? 'warm',
    allow: allow.length === 0 ? undefined : allow.includes('*') ? '*' : new Set(allow),
    returnTo,
    sealingKeys: sealingKeys.map((key) => new Secret(key)),
    adminKey: new Secret(adminKey),
    problems,
  }
}

/** Undefined for what is no policy. */
function policyOf(text: string): RefreshPolicy | undefined {
  if (text === 'warm') return 'warm'
  const days = Number(/^lazy:([1-9][0-9]{0,2})d$/.exec(text)?.[1] ?? 0)
  return days >= 1 && days <= LAZY_DAYS_MAX ? { lazySeconds: days * 86_400 } : undefined
}

function isOrigin(url: URL): boolean {
  const user = url.username + url.password
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && user === ''
  return bare && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))
}

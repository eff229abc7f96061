/**
 * Every setting, one row each: where it is set, what it is when it is not, who needs it, what to say when it is missing or
 * wrong, how it is read. README's tables, `.dev.vars.example` and `wrangler.toml` repeat the rows, and a test compares. What
 * each is, for README, stands in `settings-about.ts`: the Worker has no use for it.
 */
import { EVENTS_DAYS_MAX, LAZY_DAYS_MAX } from './limits'
import { Secret } from './secret'
import {
  type Allow,
  asSecret,
  asText,
  type ClientType,
  FLOW_NAMES,
  type Flow,
  originOr,
  type ReadValue,
  type RefreshPolicy,
  readAllow,
  readDays,
  readFlows,
  readHosts,
  readPolicy,
  readReturnTo,
  readScopeSetting,
  readSealingKeys,
  weaknessOf,
} from './setting-values'

type TextKeys<T> = { [K in keyof T]: T[K] extends string ? K : never }[keyof T]

/** The name of a setting: a variable of `wrangler.toml`, or a secret. */
export type Setting = TextKeys<Env>

/** What each setting is read as. */
interface Values extends Record<Setting, unknown> {
  PUBLIC_ORIGIN: string | undefined
  DEV_HTTP_HOSTS: string[]
  X_CLIENT_ID: string
  X_CLIENT_SECRET: Secret
  X_LOGIN_CLIENT_ID: string
  X_LOGIN_CLIENT_SECRET: Secret
  X_API_KEY: string
  X_API_SECRET: Secret
  X_CLIENT_TYPE: ClientType
  X_SCOPES: string[]
  LOGIN_ALLOW: Allow
  LOGIN_FLOWS: Flow[]
  LOGIN_EXCHANGE: boolean
  X_APP_OWNER: string
  RETURN_TO: string[]
  REFRESH_POLICY: RefreshPolicy
  EVENTS_DAYS: number
  X_API_ORIGIN: string
  X_WEB_ORIGIN: string
  SEALING_KEYS: Secret[]
  ADMIN_KEY: Secret
  ADMIN_KEY_NEXT: Secret | undefined
}

interface SettingRow<T> {
  /** A variable of `wrangler.toml`, or a secret (`wrangler secret put`). */
  kind: 'variable' | 'secret'
  /** What stands in `wrangler.toml`, and counts where nothing is set. */
  default: string
  /** The kinds of calls to X that cannot be made without it. */
  neededBy: readonly ('oauth2' | 'oauth1')[]
  /** What to say where it is missing; empty: it may be left out. */
  missing: string
  /** When a missing one is said to be missing: always, if absent. */
  isNeeded?: (other: (name: Setting) => string) => boolean
  /** What to say when it is wrong, behind what is wrong in it. */
  wrong: string
  /** Reads the trimmed text, if need be beside another setting's. */
  read: (text: string, other: (name: Setting) => string) => ReadValue<T>
}

const ORIGIN_EXPECTED = 'Set an origin such as https://perch.example.com, without a path.'
const OR_NO_LOGIN_APP = 'Or leave X_LOGIN_CLIENT_ID and X_LOGIN_CLIENT_SECRET out.'
const MAKE_KEY = 'openssl rand -base64 32'
const ALLOW_EXPECTED = 'Set * to let everybody log in, or X user ids and usernames.'

/** The settings, in the order in which README lists them. */
export const SETTINGS: { readonly [N in Setting]: SettingRow<Values[N]> } = {
  PUBLIC_ORIGIN: {
    kind: 'variable',
    default: '',
    neededBy: [],
    missing: 'Set the https origin people reach Perch by.',
    // Where it is needed only the request tells: see `originOf` in routes/middleware.
    isNeeded: () => false,
    wrong: ORIGIN_EXPECTED,
    read: (text) => (text === '' ? { value: undefined } : originOr(undefined, text)),
  },
  DEV_HTTP_HOSTS: {
    kind: 'variable',
    default: '',
    neededBy: [],
    missing: '',
    wrong:
      'Set hosts such as host.docker.internal or 192.168.1.5:8787, without scheme, path and wildcard.',
    read: readHosts,
  },
  X_CLIENT_ID: {
    kind: 'secret',
    default: '',
    neededBy: ['oauth2'],
    missing: 'Set the OAuth 2.0 Client ID of your X app (Keys and tokens).',
    wrong: '',
    read: asText,
  },
  X_CLIENT_SECRET: {
    kind: 'secret',
    default: '',
    neededBy: ['oauth2'],
    missing: 'Set the OAuth 2.0 Client Secret of your X app, or X_CLIENT_TYPE=public.',
    isNeeded: (other) => other('X_CLIENT_TYPE') !== 'public',
    wrong: '',
    read: asSecret,
  },
  X_LOGIN_CLIENT_ID: {
    kind: 'secret',
    default: '',
    neededBy: [],
    missing: '',
    wrong: `Set the OAuth 2.0 Client ID of a second X app. ${OR_NO_LOGIN_APP}`,
    read: (text, other) => {
      if (text === '' && other('X_LOGIN_CLIENT_SECRET') !== '')
        return { value: '', wrong: 'It is missing beside X_LOGIN_CLIENT_SECRET:' }
      if (text !== '' && text === other('X_CLIENT_ID'))
        return { value: '', wrong: 'It is the same as X_CLIENT_ID:' }
      return { value: text }
    },
  },
  X_LOGIN_CLIENT_SECRET: {
    kind: 'secret',
    default: '',
    neededBy: [],
    missing: '',
    wrong: `Set the Client Secret of the second X app. ${OR_NO_LOGIN_APP}`,
    read: (text, other) => ({
      value: new Secret(text),
      // Whether that app is a public client nobody says but the kind of the first one.
      wrong:
        text === '' && other('X_LOGIN_CLIENT_ID') !== '' && other('X_CLIENT_TYPE') !== 'public'
          ? 'It is missing beside X_LOGIN_CLIENT_ID:'
          : undefined,
    }),
  },
  X_API_KEY: {
    kind: 'secret',
    default: '',
    neededBy: ['oauth1'],
    missing: 'Set the API Key of your X app (Keys and tokens).',
    wrong: '',
    read: asText,
  },
  X_API_SECRET: {
    kind: 'secret',
    default: '',
    neededBy: ['oauth1'],
    missing: 'Set the API Key Secret of your X app.',
    wrong: '',
    read: asSecret,
  },
  X_CLIENT_TYPE: {
    kind: 'variable',
    default: 'confidential',
    neededBy: ['oauth2'],
    missing: '',
    wrong: 'Set confidential (Web App, bot) or public (Native App, Single Page App).',
    read: (text) =>
      text === 'confidential' || text === 'public'
        ? { value: text }
        : { value: 'confidential', wrong: '' },
  },
  X_SCOPES: {
    kind: 'variable',
    default: 'offline.access',
    neededBy: [],
    missing: '',
    wrong: '',
    read: readScopeSetting,
  },
  LOGIN_ALLOW: {
    kind: 'variable',
    default: '',
    neededBy: [],
    missing: ALLOW_EXPECTED,
    wrong: ALLOW_EXPECTED,
    read: readAllow,
  },
  LOGIN_FLOWS: {
    kind: 'variable',
    default: 'oauth2',
    neededBy: [],
    missing: '',
    wrong: `name no flow; there is: ${FLOW_NAMES.join(', ')}.`,
    read: readFlows,
  },
  LOGIN_EXCHANGE: {
    kind: 'variable',
    default: 'off',
    neededBy: [],
    missing: '',
    wrong: 'Set on or off.',
    read: (text) =>
      /^(on|off)$/.test(text) ? { value: text === 'on' } : { value: false, wrong: '' },
  },
  X_APP_OWNER: {
    kind: 'variable',
    default: '',
    neededBy: [],
    missing: '',
    wrong: 'Set the X user id of the app’s owner, digits only, or nothing.',
    read: (text) =>
      /^([1-9][0-9]{0,19})?$/.test(text) ? { value: text } : { value: '', wrong: '' },
  },
  RETURN_TO: {
    kind: 'variable',
    default: '',
    neededBy: [],
    missing: '',
    wrong:
      'Set origins such as https://app.example.com, or whole addresses of apps such as myapp://callback.',
    read: readReturnTo,
  },
  REFRESH_POLICY: {
    kind: 'variable',
    default: 'auto',
    neededBy: [],
    missing: '',
    wrong: `Set auto, warm, or lazy:<days>d with 1 to ${LAZY_DAYS_MAX} days, such as lazy:30d.`,
    read: readPolicy,
  },
  EVENTS_DAYS: {
    kind: 'variable',
    default: '30',
    neededBy: [],
    missing: '',
    wrong: `Set 1 to ${EVENTS_DAYS_MAX} days.`,
    read: (text) => readDays(text, EVENTS_DAYS_MAX),
  },
  X_API_ORIGIN: {
    kind: 'variable',
    default: 'https://api.x.com',
    neededBy: ['oauth2', 'oauth1'],
    missing: '',
    wrong: ORIGIN_EXPECTED,
    read: (text) => originOr('', text),
  },
  X_WEB_ORIGIN: {
    kind: 'variable',
    default: 'https://x.com',
    neededBy: ['oauth2'],
    missing: '',
    wrong: ORIGIN_EXPECTED,
    read: (text) => originOr('', text),
  },
  SEALING_KEYS: {
    kind: 'secret',
    default: '',
    neededBy: ['oauth2', 'oauth1'],
    missing:
      'Set 32 random bytes in base64 (openssl rand -base64 32); several are separated by commas.',
    wrong: MAKE_KEY,
    read: readSealingKeys,
  },
  ADMIN_KEY: {
    kind: 'secret',
    default: '',
    neededBy: [],
    missing: 'Set a random key of your own: openssl rand -base64 32',
    wrong: MAKE_KEY,
    read: (text) => ({ value: new Secret(text), wrong: weaknessOf(text) }),
  },
  ADMIN_KEY_NEXT: {
    kind: 'secret',
    default: '',
    neededBy: [],
    missing: '',
    wrong: `${MAKE_KEY} Or leave it out.`,
    read: (text, other) => {
      const wrong = text === other('ADMIN_KEY') ? 'It is the same as ADMIN_KEY:' : weaknessOf(text)
      if (text === '') return { value: undefined }
      return wrong === undefined ? { value: new Secret(text) } : { value: undefined, wrong }
    },
  },
}

/** The settings' names, in the order of their rows. */
export const SETTING_NAMES = Object.keys(SETTINGS) as Setting[]

const settingsFor = (kind: 'oauth2' | 'oauth1'): Setting[] =>
  SETTING_NAMES.filter((name) => SETTINGS[name].neededBy.includes(kind))

/** What every call to X's OAuth 2.0 endpoints needs, and what keeps its tokens. */
export const OAUTH2_SETTINGS = settingsFor('oauth2')

/** The settings that OAuth 1.0a and the app-only bearer need. */
export const OAUTH1_SETTINGS = settingsFor('oauth1')

const PLACEHOLDER = /^(<.*>|change.?me.*|your[-_ ].*|replace.*|example.*|todo|x{3,}|\.{3,})$/i

/**
 * Reads one setting. A value that is wrong or missing is replaced by one that does no harm.
 *
 * @param given - the trimmed text of a setting, empty where nothing is set
 * @returns the value, and in words for the operator what is wrong with it and what to set, and what may be wrong;
 *   undefined: nothing.
 */
export function readSetting<N extends Setting>(
  name: N,
  given: (name: Setting) => string,
): { value: Values[N]; problem: string | undefined; warning?: string | undefined } {
  const row: SettingRow<Values[N]> = SETTINGS[name]
  const { missing, isNeeded = () => missing !== '' } = row
  const text = given(name) || row.default
  // A secret that belongs to another set-up is as good as not set.
  if (row.kind === 'secret' && row.isNeeded?.(given) === false)
    return { value: row.read('', given).value, problem: undefined }
  if (row.kind === 'secret' && PLACEHOLDER.test(text))
    return {
      value: row.read('', given).value,
      problem: `It still holds a placeholder. ${missing || row.wrong}`,
    }
  const { value, wrong, doubtful } = row.read(text, given)
  if (text === '' && isNeeded(given)) return { value, problem: missing }
  const problem = wrong === undefined ? undefined : `${wrong} ${row.wrong}`.trim()
  return { value, problem, warning: doubtful }
}

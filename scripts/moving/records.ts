/** Accounts as other programs keep them, made into lines of an import. Pure: text in, lines out; no secret in what is said of them. */

/** A line of `POST /v1/imports`. */
export interface Line {
  id?: string
  username?: string
  oauth1?: { oauth_token: string; oauth_token_secret: string }
  oauth2?: {
    access_token?: string
    refresh_token?: string
    expires_at?: string | number
    expires_in?: number
    obtained_at?: string | number
    scope?: string | string[]
  }
  exchange?: boolean
}

/** One account of a file: where it stands there, and its line, or why there is none. */
export interface Item {
  at: string
  line?: Line
  problem?: string
}

/** A record of another program; whatever else stands in it is left alone. */
export type Given = Readonly<Record<string, unknown>>

/** What programs call a field, in lower case and without what is no letter or digit. */
const NAMES = {
  id: ['id', 'userid', 'xuserid', 'twitterid', 'twitteruserid', 'accountid', 'idstr'],
  username: ['username', 'screenname', 'handle', 'twitterhandle'],
  token: ['accesstoken', 'oauthtoken', 'token', 'accesskey', 'usertoken'],
  secret: [
    'accesstokensecret',
    'accesssecret',
    'oauthtokensecret',
    'tokensecret',
    'accesskeysecret',
    'usersecret',
  ],
  refresh: ['refreshtoken'],
  expiresAt: ['expiresat', 'expirationtime', 'expiretime', 'expiry', 'expires'],
  expiresIn: ['expiresin'],
  obtainedAt: ['obtainedat', 'issuedat'],
  scope: ['scope', 'scopes'],
  app: ['consumerkey', 'apikey', 'appkey', 'clientid', 'oauthconsumerkey'],
} as const

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

function field(record: Given, wanted: keyof typeof NAMES): unknown {
  const names: readonly string[] = NAMES[wanted]
  const entry = Object.entries(record).find(
    ([name, value]) => names.includes(plain(name)) && value !== null && value !== '',
  )
  return entry?.[1]
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : undefined

/** Whether an object is an account's record, and not a list of them by name. */
export const isRecord = (value: Given): boolean =>
  ['token', 'refresh', 'secret'].some((name) => field(value, name as 'token') !== undefined) ||
  Object.entries(value).some(([name, inner]) => isObject(inner) && /^oauth[_-]?[12]/i.test(name))

/** Whether it is an object, and no list. */
export const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The line of an account: a token with a secret is one of OAuth 1.0a, one without is one of OAuth 2.0; either may stand in an
 * object of its own (`oauth1`, `oauth2`).
 *
 * @param at - where it stands, for the report
 */
export function itemOf(given: Given, at: string): Item {
  const inner = (kind: 1 | 2): Given =>
    Object.entries(given).find(
      ([name, value]) => plain(name).startsWith(`oauth${kind}`) && isObject(value),
    )?.[1] as Given
  const [one = given, two = given] = [inner(1), inner(2)]
  const [token, secret] = [textOf(field(one, 'token')), textOf(field(one, 'secret'))]
  const oauth1 =
    token !== undefined && secret !== undefined
      ? { oauth1: { oauth_token: token, oauth_token_secret: secret } }
      : undefined
  const refresh = textOf(field(two, 'refresh'))
  const access = two === given && oauth1 ? undefined : textOf(field(two, 'token'))
  if (secret !== undefined && token === undefined)
    return { at, problem: 'There is a token secret and no access token.' }
  if (!oauth1 && refresh === undefined && access === undefined)
    return { at, problem: 'There is no access token and no refresh token.' }
  const id = textOf(field(given, 'id'))
  const username = textOf(field(given, 'username'))?.replace(/^@/, '')
  const expiresIn = Number(field(two, 'expiresIn'))
  const oauth2 =
    refresh === undefined && access === undefined
      ? {}
      : {
          oauth2: {
            ...(access === undefined ? {} : { access_token: access }),
            ...(refresh === undefined ? {} : { refresh_token: refresh }),
            ...timed('expires_at', field(two, 'expiresAt')),
            ...(Number.isFinite(expiresIn) ? { expires_in: expiresIn } : {}),
            ...timed('obtained_at', field(two, 'obtainedAt')),
            ...scoped(field(two, 'scope')),
          },
        }
  return {
    at,
    line: {
      ...(id !== undefined && /^[1-9][0-9]{0,19}$/.test(id) ? { id } : {}),
      ...(username !== undefined && /^\w{1,50}$/.test(username) ? { username } : {}),
      ...oauth1,
      ...oauth2,
    },
  }
}

/** A time goes on as it is: Perch reads seconds, milliseconds and ISO 8601. A time of many decimals in a text is seconds. */
function timed(name: 'expires_at' | 'obtained_at', value: unknown) {
  const text = textOf(value)
  if (text === undefined) return {}
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
  return { [name]: number ?? text }
}

function scoped(value: unknown) {
  if (Array.isArray(value)) return { scope: value.map(String) }
  const text = textOf(value)
  return text === undefined ? {} : { scope: text }
}

/** How many apps the records name: tokens of another app than the deployment's are of no use there. */
export const appsIn = (records: readonly Given[]): number =>
  new Set(records.map((record) => textOf(field(record, 'app'))).filter(Boolean)).size

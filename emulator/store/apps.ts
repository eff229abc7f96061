import type { Grant } from './grants.ts'
import type { World } from './world.ts'

/** Levels of OAuth 1.0a access, in the words of X's `x-access-level` header, the least first. */
export const ACCESS_LEVELS = ['read', 'read-write', 'read-write-directmessages'] as const

/** One of ACCESS_LEVELS. */
export type Access = (typeof ACCESS_LEVELS)[number]

/** A registered app, with the names that the control API uses. */
export interface App {
  name: string
  /** "Web App" and "Automated App" are confidential, "Native App" and "Single Page App" are public. */
  type: 'confidential' | 'public'
  client_id: string
  client_secret: string
  api_key: string
  api_secret: string
  callbacks: string[]
  /** What OAuth 1.0a grants may do. */
  permissions: Access
  suspended: boolean
  /** Seconds. X's is 7200. */
  access_token_ttl: number
  /** Whether API calls beyond the limit are refused. The headers are sent in any case. */
  rate_limits: boolean
  /** "Allow this app to be used to Sign in with X": without it, authenticate always asks. */
  sign_in_with_x: boolean
  /** "Request email from users". */
  request_email: boolean
  /** Where `/2/oauth2/token` and `/2/oauth2/revoke` look for parameters: form, JSON and query, or form alone. */
  token_parameters: 'any' | 'form'
  /** What becomes of `client_secret` in the body: it may stand beside a good Basic header, or it is refused. */
  body_secret: 'beside_basic' | 'refuse'
  /** How a Basic header is compared: as it stands, percent-decoded, or either. X's way is not known. */
  basic_encoding: 'raw' | 'decoded' | 'both'
  /** Whether a scope that X does not document is refused by a redirect, or granted as asked. */
  unknown_scopes: 'refuse' | 'grant'
  /** Whether `/oauth/request_token` and `/oauth/access_token` take GET as well. */
  token_methods: 'any' | 'post'
  /** Which `oauth_version` is taken: 1.0 and 1.0a in any case, or 1.0 alone. */
  oauth_version: 'any' | '1.0'
  /** Whether `/oauth/access_token` must be signed; X's reference shows no more than token and verifier. */
  access_token_signature: 'optional' | 'required'
  /** Whether an OAuth 1.0a token can be exchanged for a pair of OAuth 2.0. */
  token_exchange: 'on' | 'off'
  /** How often in 15 minutes, per source address. X's is 10,000. */
  exchange_limit: number
  /** Which secret X keys a webhook's check with: the client secret as its docs say, or the API secret. */
  webhook_check: 'client_secret' | 'api_secret' | 'either'
  /** Which signature headers X's deliveries carry. */
  webhook_signatures: 'oauth2' | 'oauth1' | 'both'
  /** How many webhooks the developer account may have. */
  webhook_limit: number
  /** Whether `oauth.revoke` comes by itself, or to those that subscribed to it. X's docs leave it open. */
  revoke_events: 'always' | 'subscribed'
  /** How a new subscription is told: X's pages and descriptions differ. */
  subscription_shape: 'nested' | 'flat' | 'array'
  /** What becomes of the subscriptions to a webhook that is deleted. X's docs do not say. */
  webhook_subscriptions: 'end' | 'stay'
  /** What a spent refresh token does: it is refused, or it ends the pair that took its place as well. */
  reuse: 'refused' | 'ends_family'
  /** How the refusal of a callback is written. X has been seen to do each; `hash` is what desktop apps get. */
  callback_errors: 'xml' | 'json' | 'hash'
  /** Whose signature or which credentials end an app-only token. */
  app_only_invalidate: 'owner' | 'basic' | 'both'
  /** Username of the developer whom the app belongs to. */
  owner: string
  /** What the app has paid for: everything, API v2 only, or nothing. */
  plan: 'full' | 'v2' | 'none'
}

/** The names by which an app may be meant: OAuth 2.0 has the client id, OAuth 1.0a and app-only the API key. */
export type AppName = 'client_id' | 'api_key'

type Row = { id: number; json: string }

const rows = (world: World): Row[] =>
  world.sql.exec<Row>('SELECT id, json FROM app ORDER BY id').toArray()

/** All apps, the first one first. */
export const listApps = (world: World): App[] =>
  rows(world).map(({ json }) => JSON.parse(json) as App)

/** The app of this name; undefined if there is none. */
export const findApp = (world: World, by: AppName, name: string | undefined): App | undefined =>
  listApps(world).find((app) => app[by] === name)

/** The app of this name, or the first one, which then says that it is not meant. */
export const appNamed = (world: World, by: AppName, name: string | undefined): App =>
  findApp(world, by, name) ?? firstApp(world)

/** The app that everything belongs to which names none: webhooks, and how requests are read. */
export function firstApp(world: World): App {
  const [app] = listApps(world)
  if (!app) throw new Error('There is no app.')
  return app
}

/** The app that a grant belongs to. One whose app has another id by now counts as the first one's. */
export const appOf = (world: World, grant: Pick<Grant, 'kind' | 'client_id'>): App =>
  appNamed(world, grant.kind === 'oauth2' ? 'client_id' : 'api_key', grant.client_id)

/** Adds an app. */
export function addApp(world: World, app: App): void {
  world.sql.exec('INSERT INTO app (json) VALUES (?)', JSON.stringify(app))
}

/** Changes the app of this client id. Grants stay bound to the one that they were issued to. */
export function changeApp(world: World, clientId: string, app: App): void {
  const row = rows(world).find(({ json }) => (JSON.parse(json) as App).client_id === clientId)
  world.sql.exec('UPDATE app SET json = ? WHERE id = ?', JSON.stringify(app), row?.id ?? 0)
}

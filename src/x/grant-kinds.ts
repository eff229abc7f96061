/**
 * The kinds of grant that X gives, one row each: what calls with them need, which app they belong to, whose they are and
 * how they end. A further kind is one row more, and the compiler names every other table that lacks it.
 */
import type { Config } from '../env'
import type { Secret } from '../secret'
import type { Flow } from '../setting-values'
import { OAUTH1_SETTINGS, OAUTH2_SETTINGS, type Setting } from '../settings'
import type { EndedTokens, GrantKind } from '../store/vault'
import { type Unnamed, whoIs, whoSigns } from './me'
import { invalidate, type RequestToken } from './oauth1'
import { type AnswerToEnd, revoke } from './token'
import type { User } from './user'

/** The tokens of a grant of each kind, in the open. */
export interface TokensOf {
  oauth2: { accessToken: Secret; refreshToken: Secret | undefined }
  oauth1: RequestToken
}

/** What a grant may do, where it is known: it decides what X is asked for. */
interface Scoped {
  scope?: string | undefined
}

interface KindRow<Tokens> {
  /** What a call with such a grant needs. */
  settings: readonly Setting[]
  /** The app that a grant was issued to: the setting that names it, and its field in configuration and grant. */
  app: { setting: Setting; field: 'clientId' | 'apiKey' }
  /** The ways to log in that bring one. */
  loginFlows: readonly Flow[]
  /** What a further login of the same user and app gives: another grant, which ends this one, or this one again. */
  nextLogin: 'ends it' | 'gives it again'
  /** Whether its tokens are renewed, so that a refresh may be spending what somebody holds. */
  isRefreshed: boolean
  /** Asks X whose it is: the user, or why X did not say. `now` is Unix seconds. */
  owner: (config: Config, grant: Tokens & Scoped, now: number) => Promise<User | Unnamed>
  /** Ends it at X, without what earlier calls have ended. `now` is Unix seconds. */
  end: (config: Config, tokens: Tokens, now: number, before?: EndedTokens) => Promise<AnswerToEnd>
}

/** What Perch knows of each kind of grant at X. */
export const KINDS_AT_X: { readonly [K in GrantKind]: KindRow<TokensOf[K]> } = {
  oauth2: {
    settings: OAUTH2_SETTINGS,
    app: { setting: 'X_CLIENT_ID', field: 'clientId' },
    loginFlows: ['oauth2'],
    nextLogin: 'ends it',
    isRefreshed: true,
    owner: (config, { accessToken, scope = '' }, now) => whoIs(config, accessToken, scope, now),
    end: revoke,
  },
  oauth1: {
    settings: OAUTH1_SETTINGS,
    app: { setting: 'X_API_KEY', field: 'apiKey' },
    loginFlows: ['oauth1', 'signin', 'pin'],
    nextLogin: 'gives it again',
    isRefreshed: false,
    owner: whoSigns,
    end: invalidate,
  },
}

/**
 * Asks X whose a grant is: the user, or why X did not say.
 *
 * @param grant - its tokens, and what it may do where that is known
 * @param now - Unix seconds.
 */
export const grantOwner = <K extends GrantKind>(
  config: Config,
  kind: K,
  grant: TokensOf[K] & Scoped,
  now: number,
): Promise<User | Unnamed> => KINDS_AT_X[kind].owner(config, grant, now)

/**
 * Ends a grant at X; one that X does not know any more counts as ended.
 *
 * @param now - Unix seconds
 * @param before - what earlier calls came to: what has ended is not sent again.
 */
export const endAtX = <K extends GrantKind>(
  config: Config,
  kind: K,
  tokens: TokensOf[K],
  now: number,
  before?: EndedTokens,
): Promise<AnswerToEnd> => KINDS_AT_X[kind].end(config, tokens, now, before)

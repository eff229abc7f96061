/** Keeps a login's pair alive while X does not say whose it is: it is refreshed when it expires, like any other. */
import { ofAnotherApp } from '../account/another-app'
import type { Keyring } from '../crypto/keyring'
import type { Config } from '../env'
import { ACCESS_TOKEN_TTL_SECONDS, OWNER_GIVE_UP_SECONDS } from '../limits'
import type { Tokens } from '../oauth/token'
import { refresh } from '../x/token'
import { type Obtained, openGrant, sealGrant, type UnadoptedGrant } from './grant'
import { appOfGrant } from './x-app'

/** Whether a pair has to be refreshed before X can be asked whose it is. `now` is Unix seconds. */
export const isStale = ({ expiresAt }: UnadoptedGrant, now: number): boolean =>
  expiresAt !== null && expiresAt <= now

/** Whether X has been asked for a day whose a grant is, in vain. `now` is Unix seconds. */
export const isGivenUp = ({ obtainedAtMs }: UnadoptedGrant, now: number): boolean =>
  now >= obtainedAtMs / 1000 + OWNER_GIVE_UP_SECONDS

/** The outcome of refreshing a pair that no account has yet. */
export type Renewed =
  | { kind: 'renewed'; grant: UnadoptedGrant }
  /** X has ended the pair, or there is no refresh token: it is of no use to anybody. */
  | { kind: 'dead'; message: string }
  | NotRenewed

/** Why a pair was not refreshed that may be refreshed yet. */
export type NotRenewed =
  /** X asks to wait. */
  | { kind: 'later'; message: string; waitSeconds: number }
  /** X refuses the app, or says so: the app's object finds out which. */
  | { kind: 'app'; message: string }
  /** X said no and not why, or nobody knows whether it acted. */
  | { kind: 'failed'; message: string }
  /** X had begun to answer, so its call is over. An access token that arrived without its refresh token is in `grant`. */
  | { kind: 'cut'; message: string; grant?: UnadoptedGrant }

/** Refreshes an OAuth 2.0 pair that has no home yet, once. `now` is Unix seconds. @throws Failure `sealed_unreadable` */
export async function renew(
  config: Config,
  keyring: Keyring,
  id: string,
  grant: UnadoptedGrant,
  now: number,
): Promise<Renewed> {
  const opened = await openGrant(keyring, id, grant)
  if (!('refreshToken' in opened) || !opened.refreshToken)
    return { kind: 'dead', message: 'Its access token has expired, and there is no refresh token.' }
  const app = appOfGrant(config, opened)
  // Another app's token would be spent for nothing, or judged as if nobody had it.
  const other = ofAnotherApp(app, opened.kind, opened)
  if (other !== undefined) return { kind: 'failed', message: other }
  const outcome = await refresh(app, opened.refreshToken, now)
  const resealed = (tokens: Tokens, isCut = false) =>
    sealGrant(keyring, id, renewedWith(opened, tokens, now, isCut))
  switch (outcome.kind) {
    case 'granted':
      return { kind: 'renewed', grant: await resealed(outcome.tokens) }
    case 'refused':
      return { kind: outcome.what === 'token' ? 'dead' : 'failed', message: outcome.message }
    case 'unknown': {
      const { message, cut } = outcome
      if (!cut) return { kind: 'failed', message }
      return {
        kind: 'cut',
        message,
        ...(cut.tokens ? { grant: await resealed(cut.tokens, true) } : {}),
      }
    }
    case 'later':
      return { kind: 'later', message: outcome.message, waitSeconds: outcome.retryAfter }
    case 'app':
      return { kind: 'app', message: outcome.message }
    case 'declined':
      return { kind: 'failed', message: outcome.message }
  }
}

/** The grant with new tokens; the fields that X left out stay as they were, but for a refresh token that got lost on the way. */
function renewedWith(
  grant: Extract<Obtained, { refreshToken: unknown }>,
  { accessToken, refreshToken, scope, expiresIn }: Tokens,
  now: number,
  isCut: boolean,
): Obtained {
  return {
    ...grant,
    accessToken,
    // X has spent the former one for an answer that broke off.
    refreshToken: refreshToken ?? (isCut ? undefined : grant.refreshToken),
    scope: scope ?? grant.scope,
    expiresAt: now + (expiresIn ?? ACCESS_TOKEN_TTL_SECONDS),
  }
}

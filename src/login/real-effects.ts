/** What a login's machine needs, as it really is: X, the accounts' objects, the object's own storage and clock. */
import { withSealedEmail } from '../account/email'
import { sealFresh } from '../account/grant'
import { type AccountStub, accountAt } from '../account/stub'
import { type AccountView, viewOf } from '../account/view'
import { askApp } from '../app/stub'
import { secondsOf, unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { Failure, failed, failedWith } from '../failure'
import { CALLER_PATIENCE_MS } from '../limits'
import { log } from '../log'
import { inTime, patience } from '../patience'
import type { VaultAccount } from '../store/vault'
import { KINDS_AT_X } from '../x/grant-kinds'
import { mayConnect } from './allowed'
import type { Bringing, Brought, LoginEffects, SealedExchange, Whose } from './effects'
import { exchange } from './flows'
import {
  giveBack,
  type Obtained,
  openGrant,
  ownerOf,
  sealGrant,
  type UnadoptedGrant,
} from './grant'
import type { ExchangeWish, PendingLogin } from './pending'
import { renew } from './renewal'
import { appOfGrant, appOfLogin } from './x-app'

/** The effects of the object of one login. */
export function effectsOf(
  ctx: DurableObjectState,
  env: Env,
  storage: Pick<LoginEffects, 'read' | 'write' | 'erase'>,
): LoginEffects {
  const opened = async (id: string, grant: UnadoptedGrant) =>
    openGrant(await keyringOf(configOf(env).sealingKeys), id, grant)
  return {
    ...storage,
    now: () => Date.now(),
    random: () => Math.random(),
    setAlarm: (at) => ctx.storage.setAlarm(at),
    patience,
    sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
    keepAlive: (work) => ctx.waitUntil(work),
    exchange: (id, pending, answer) => exchangeSealed(env, id, pending, answer),
    whose: async (id, grant) => whoseIs(env, await opened(id, grant)),
    // LOGIN_ALLOW is about people who log in; and what came from elsewhere has no other way to go than to its account.
    mayConnect: ({ creator, imported }, user) =>
      imported === true || mayConnect(configOf(env).allow, creator, user),
    bring: async (bringing) => bring(env, bringing, await opened(bringing.id, bringing.grant)),
    renew: async (id, grant) => {
      const config = configOf(env)
      return renew(config, await keyringOf(config.sealingKeys), id, grant, unixSeconds())
    },
    permit: () => askApp(env, (app) => app.permit(1), undefined),
    appRefused: (message) => askApp(env, (app) => app.credentialsRefused(message), undefined),
    paused: (seconds) => askApp(env, (app) => app.paused(seconds), undefined),
    giveBack: async (id, grant) => giveBackUnlessHeld(env, await opened(id, grant)),
    usernameOf: async (account) => (await accountAt(env, account).read())?.username,
    log,
  }
}

/** Sends an answer to X and seals what X gives. */
async function exchangeSealed(
  env: Env,
  id: string,
  pending: PendingLogin,
  answer: string,
): Promise<SealedExchange> {
  const config = configOf(env)
  // What can fail without X fails here, before an answer is spent.
  const keyring = await keyringOf(config.sealingKeys)
  const app = appOfLogin(config, pending)
  if (!app) throw new Failure('login_app_changed')
  const outcome = await exchange(app, pending, answer, Date.now())
  if (outcome.kind === 'app' && pending.loginApp !== undefined)
    return { ...outcome, message: `${outcome.message} ${BY_LOGIN_APP}` }
  if (outcome.kind !== 'granted') return outcome
  const { nonconformity } = outcome
  return { kind: 'granted', nonconformity, grant: await sealGrant(keyring, id, outcome.grant) }
}

async function whoseIs(env: Env, grant: Obtained): Promise<Whose> {
  const owner = await ownerOf(configOf(env), grant, unixSeconds())
  if (!('message' in owner)) {
    const { email: sealedEmail } = await withSealedEmail(configOf(env), owner)
    return { kind: 'user', user: owner, sealedEmail }
  }
  const { message, failure, waitSeconds } = owner
  if (failure === undefined) return { kind: 'later', message, waitSeconds }
  const { data } = new Failure(failure, `${message} ${KEPT}`, waitSeconds)
  return { kind: 'refused', failure: data, waitSeconds }
}

/** Brings a grant to its account. X gives an OAuth 1.0a token again with each login, so that one takes no place. */
async function bring(
  env: Env,
  { id, user, askedAtMs, where, exchange }: Bringing,
  grant: Obtained,
): Promise<Brought> {
  const config = configOf(env)
  const { nextLogin } = KINDS_AT_X[grant.kind]
  // X gives this token to each login of the user and app, so others may live on it: it is left alone.
  const isShared = nextLogin === 'gives it again'
  if (where === 'in place' && isShared) return { kind: 'unwanted', how: 'unwanted', isShared }
  const account = accountAt(env, user.id)
  // Only a grant of the same kind was ended for this one: beside another kind nothing is stored that was not asked for.
  if (where === 'if connected' && !(await account.read())?.[grant.kind])
    return { kind: 'unwanted', how: 'not_connected', isShared }
  const keyring = await keyringOf(config.sealingKeys)
  const sealed = await sealFresh(keyring, user.id, grant, config.refreshPolicy)
  const { how, account: adopted } = await account.adopt({
    ...user,
    loginId: id,
    // X ends the grant of the earlier of two logins, in an order that nobody sees: this one lived when it was asked about.
    grant: nextLogin === 'ends it' ? { ...sealed, obtainedAtMs: askedAtMs } : sealed,
    sentAtMs: grant.obtainedAtMs,
    ...(where === 'in place' ? { onlyInPlace: true as const } : {}),
  })
  if (!adopted || how === 'disconnected' || how === 'unwanted')
    return { kind: 'unwanted', how, isShared }
  const now = secondsOf(Date.now())
  if (!exchange || (how !== 'adopt' && how !== 'already'))
    return { kind: 'adopted', how, account: viewOf(adopted, now) }
  return { kind: 'adopted', how, account: await exchangedFor(account, exchange, adopted, now) }
}

/**
 * The account after its OAuth 1.0a token was exchanged, or why it has no new pair: the login has succeeded all the same. A
 * login whose object dies meanwhile asks again, and finds a grant that works.
 */
async function exchangedFor(
  account: AccountStub,
  { scope, replace }: ExchangeWish,
  adopted: VaultAccount,
  now: number,
): Promise<AccountView> {
  const asked = account.exchange({ scope, replace: replace === true }).catch(failedWith)
  const result = (await inTime(asked, CALLER_PATIENCE_MS))?.value ?? STILL_ASKED
  if (result.ok) return viewOf(result.value, now)
  const { code, detail } = result.failure
  // Nothing was to be exchanged.
  if (code === 'grant_works') return viewOf(adopted, now)
  const why = detail === undefined ? {} : { detail }
  return { ...viewOf(adopted, now), exchange: { code, ...why } }
}

const STILL_ASKED = failed('refresh_failed', 'X has not answered yet. The exchange goes on.')

/** Ends a grant at X. @returns undefined when X took it back, or needs not; else why it did not */
async function giveBackUnlessHeld(env: Env, grant: Obtained): Promise<string | undefined> {
  try {
    const { kind } = grant
    // A token that X gives again with each login may be the one that the account holds: giving it back would end that.
    if (KINDS_AT_X[kind].nextLogin === 'gives it again' && 'user' in grant) {
      const account = await accountAt(env, grant.user.id).read()
      if (account?.[kind]) return undefined
    }
    return await giveBack(appOfGrant(configOf(env), grant), grant, unixSeconds())
  } catch (error) {
    return failedWith(error).failure.detail ?? 'Perch could not ask X.'
  }
}

const BY_LOGIN_APP = 'This login went through the app of X_LOGIN_CLIENT_ID.'
const KEPT = 'Your approval is kept, and X is asked again.'

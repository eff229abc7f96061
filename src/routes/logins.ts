/** `/v1/logins`: logins that a program begins, and how they went. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { withEmail } from '../access/lookup'
import { type Caller, isAdmin } from '../caller/caller'
import { configOf } from '../env'
import { Failure } from '../failure'
import { begin, offeredFlow } from '../login/begin'
import { completeForCreator } from '../login/complete'
import type { Viewer } from '../login/disclosure'
import { demandTaken } from '../login/flows'
import type { ExchangeWish } from '../login/pending'
import { demandReturnAddress } from '../login/return-address'
import { isCovered } from '../login/return-to'
import { loginStatus } from '../login/status'
import { callerWith } from './api'
import { AccessType, hintsOf, loginId, NoQuery, readJson, readQuery, ScreenName } from './input'
import { countLoginOf } from './login-rate'
import { type AppEnv, originOf } from './middleware'
import { answerIn, PastedAnswer } from './pasted'
import { problemOf } from './problem'
import { note } from './request-log'
import { AskedScope, warningsJson } from './scope'

const LoginBody = v.strictObject({
  flow: v.optional(v.string()),
  scope: v.optional(AskedScope),
  offline: v.optional(v.boolean()),
  access_type: v.optional(AccessType),
  force_login: v.optional(v.boolean()),
  screen_name: v.optional(ScreenName),
  return_to: v.optional(v.string()),
  keep: v.optional(v.boolean()),
  exchange: v.optional(v.boolean()),
  replace: v.optional(v.boolean()),
})
const StatusQuery = v.strictObject({ proof: v.optional(v.string()) })

const viewerOf = (caller: Caller): Viewer => ({
  id: caller.id,
  isAdmin: isAdmin(caller),
  isLimited: caller.accounts !== undefined,
  returnTo: caller.returnTo,
})

/** A caller that names its addresses sends nobody elsewhere. @throws Failure `return_to_refused`, `return_to_not_covered` */
function demandCovered(env: Env, { returnTo }: Caller, address: string | undefined): void {
  if (address === undefined || returnTo.length === 0) return
  // What is wrong with the address itself comes first: no prefix would help.
  demandReturnAddress(address, configOf(env).returnTo)
  if (!isCovered(address, returnTo))
    throw new Failure(
      'return_to_not_covered',
      'return_to: this caller may begin logins that return to its own addresses.',
    )
}

/**
 * A login that keeps nothing asks for all that other logins do: if the account is connected, its new grant takes the place
 * of the one that is held, which X has ended. Through an X app of its own it asks for who it is, and nothing else.
 *
 * @throws Failure `request_malformed`
 */
function demandWhole({ scope, offline }: { scope?: unknown; offline?: unknown }): void {
  if (scope !== undefined || offline !== undefined)
    throw new Failure(
      'request_malformed',
      `${scope === undefined ? 'offline' : 'scope'}: leave it out with "keep": false: such a login asks for what it needs by itself.`,
    )
}

/** What a login's OAuth 1.0a token is to be exchanged for; undefined: it is not. @throws Failure `request_malformed` */
function exchangeIn({
  exchange,
  replace,
  scope,
  keep,
}: v.InferOutput<typeof LoginBody>): ExchangeWish | undefined {
  if (exchange && keep === false)
    throw new Failure('request_malformed', 'exchange: a login with "keep": false keeps nothing.')
  if (replace && !exchange)
    throw new Failure('request_malformed', 'replace: it goes with "exchange": true.')
  if (!exchange) return undefined
  return {
    ...(scope ? { scope: scope.scopes.join(' ') } : {}),
    ...(replace ? { replace } : {}),
  }
}

/** The routes of `/v1/logins`. */
export const logins = new Hono<AppEnv>()
  .post('/', async (c) => {
    const caller = await callerWith(c, 'logins')
    readQuery(c, NoQuery)
    const body = await readJson(c, LoginBody)
    demandCovered(c.env, caller, body.return_to)
    const { flow: wanted, return_to: _, keep, ...fields } = body
    const flow = offeredFlow(c.env, wanted)
    const exchange = exchangeIn(body)
    // What an exchange brings has scopes, whatever the flow has.
    demandTaken(flow, exchange ? { ...fields, scope: undefined } : fields)
    if (keep === false) demandWhole(fields)
    await countLoginOf(c.env, caller.id)
    const { id, authorizeUrl, pending, store } = await begin(
      c.env,
      {
        flow,
        ...(body.scope === undefined || exchange ? {} : { scope: body.scope.scopes }),
        ...(exchange ? { exchange } : {}),
        ...(body.offline === undefined ? {} : { offline: body.offline }),
        ...(body.access_type ? { accessType: body.access_type } : {}),
        ...(body.return_to === undefined ? {} : { returnTo: body.return_to }),
        hints: hintsOf(body.force_login, body.screen_name),
        origin: originOf(c),
        identityOnly: keep === false,
        creator: { id: caller.id, ...(caller.accounts ? { accounts: caller.accounts } : {}) },
      },
      c.get('now'),
    )
    note(c, { login: id })
    await store()
    const login_url = `${originOf(c)}/login/${id}?ticket=${pending.ticket!.reveal()}`
    return c.json(
      {
        id,
        login_url,
        authorize_url: authorizeUrl,
        expires_at: pending.expiresAt,
        ...warningsJson(body.scope?.warnings),
      },
      201,
    )
  })

  .post('/:id/complete', async (c) => {
    const caller = await callerWith(c, 'logins')
    readQuery(c, NoQuery)
    const id = loginId(c)
    const callback = answerIn(await readJson(c, PastedAnswer))
    note(c, { login: id })
    const account = await completeForCreator(c.env, id, caller, callback, c.get('now'))
    note(c, { account: account.id })
    return c.json(await withEmail(c.env, account))
  })

  .get('/:id', async (c) => {
    const caller = await callerWith(c, 'logins')
    const id = loginId(c)
    const { proof } = readQuery(c, StatusQuery)
    // A proof is spent by the answer, and HEAD must change nothing (RFC 9110 §9.2.1).
    if (c.req.method === 'HEAD' && proof !== undefined)
      throw new Failure('request_malformed', 'proof: it is not looked at by HEAD; use GET.')
    note(c, { login: id, ...(proof === undefined ? {} : { proof: 'shown' }) })
    const login = await loginStatus(c.env, id, viewerOf(caller), proof, c.get('now'))
    const shown = {
      id,
      status: login.status,
      ...(login.returnTo === undefined ? {} : { return_to: login.returnTo }),
    }
    switch (login.status) {
      case 'pending': {
        const { expiresAt, failure } = login
        const problem = failure ? { problem: problemOf(failure) } : {}
        return c.json({ ...shown, expires_at: expiresAt, ...problem })
      }
      case 'waiting':
      case 'failed':
        return c.json({ ...shown, problem: problemOf(login.failure) })
      case 'complete':
        note(c, { account: login.account.id })
        return c.json({ ...shown, account: await withEmail(c.env, login.account) })
    }
  })

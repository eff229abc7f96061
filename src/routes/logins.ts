/** `/v1/logins`: logins that a program begins, and how they went. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { type Caller, isAdmin } from '../caller/caller'
import { Failure } from '../failure'
import { CODE_MAX_CHARS, URL_MAX_CHARS } from '../limits'
import { begin, offeredFlow } from '../login/begin'
import { type Answer, readCallback } from '../login/callback'
import { completeForCreator } from '../login/complete'
import type { Viewer } from '../login/disclosure'
import { isCovered } from '../login/return-to'
import { loginStatus } from '../login/status'
import { callerWith } from './api'
import {
  AccessType,
  hintsOf,
  loginId,
  NoQuery,
  PinText,
  readJson,
  readQuery,
  ScreenName,
} from './input'
import { type AppEnv, originOf } from './middleware'
import { problemOf } from './problem'
import { AskedScope } from './scope'

const LoginBody = v.strictObject({
  flow: v.optional(v.string()),
  scope: v.optional(AskedScope),
  access_type: v.optional(AccessType),
  force_login: v.optional(v.boolean()),
  screen_name: v.optional(ScreenName),
  return_to: v.optional(v.pipe(v.string(), v.maxLength(URL_MAX_CHARS, 'too long'))),
})
const Short = v.pipe(
  v.string(),
  v.minLength(1, 'it is empty'),
  v.maxLength(CODE_MAX_CHARS, `at most ${CODE_MAX_CHARS} characters`),
)
const CompleteBody = v.union(
  [
    v.strictObject({
      response_url: v.pipe(v.string(), v.url('the whole address is expected, from https:// on')),
    }),
    v.strictObject({ code: Short }),
    v.strictObject({ verifier: Short }),
    v.strictObject({ pin: PinText }),
  ],
  'one of response_url (the whole address X sent the browser to), code, verifier and pin is expected',
)
const StatusQuery = v.strictObject({ proof: v.optional(v.string()) })

/** What X showed, without the address around it. */
function bareAnswer(
  body: Exclude<v.InferOutput<typeof CompleteBody>, { response_url: string }>,
): Answer {
  if ('code' in body) return { code: body.code }
  return { verifier: 'pin' in body ? body.pin : body.verifier }
}

const viewerOf = (caller: Caller): Viewer => ({
  id: caller.id,
  isAdmin: isAdmin(caller),
  isLimited: caller.accounts !== undefined,
  returnTo: caller.returnTo,
})

/** A caller that names its addresses sends nobody elsewhere. @throws Failure `return_to_not_covered` */
function demandCovered({ returnTo }: Caller, address: string | undefined): void {
  if (address !== undefined && returnTo.length > 0 && !isCovered(address, returnTo))
    throw new Failure(
      'return_to_not_covered',
      'return_to: this caller may begin logins that return to its own addresses.',
    )
}

/** The routes of `/v1/logins`. */
export const logins = new Hono<AppEnv>()
  .post('/', async (c) => {
    const caller = await callerWith(c, 'logins')
    readQuery(c, NoQuery)
    const body = await readJson(c, LoginBody)
    demandCovered(caller, body.return_to)
    const { id, authorizeUrl, pending } = await begin(
      c.env,
      {
        flow: offeredFlow(c.env, body.flow),
        ...(body.scope === undefined ? {} : { scope: body.scope.split(' ') }),
        ...(body.access_type ? { accessType: body.access_type } : {}),
        ...(body.return_to === undefined ? {} : { returnTo: body.return_to }),
        hints: hintsOf(body.force_login, body.screen_name),
        origin: originOf(c),
        creator: { id: caller.id, ...(caller.accounts ? { accounts: caller.accounts } : {}) },
      },
      c.get('now'),
    )
    const login_url = `${originOf(c)}/login/${id}?ticket=${pending.ticket!.reveal()}`
    return c.json(
      { id, login_url, authorize_url: authorizeUrl, expires_at: pending.expiresAt },
      201,
    )
  })

  .post('/:id/complete', async (c) => {
    const caller = await callerWith(c, 'logins')
    readQuery(c, NoQuery)
    const id = loginId(c)
    const body = await readJson(c, CompleteBody)
    const callback =
      'response_url' in body
        ? readCallback(new URL(body.response_url).search)
        : { answer: bareAnswer(body) }
    return c.json(await completeForCreator(c.env, id, caller.id, callback, c.get('now')))
  })

  .get('/:id', async (c) => {
    const caller = await callerWith(c, 'logins')
    const id = loginId(c)
    const { proof } = readQuery(c, StatusQuery)
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
        return c.json({ ...shown, account: login.account })
    }
  })

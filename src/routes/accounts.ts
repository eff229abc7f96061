/** `/v1/accounts`: who is connected, leases, refresh, disconnect. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { disconnect } from '../access/disconnect'
import { lease } from '../access/lease'
import { pageOf } from '../access/list'
import { findAccount } from '../access/lookup'
import type { LeaseRequest } from '../account/decide'
import { emailJson } from '../account/email'
import type { Degraded } from '../account/lease-outcome'
import { viewOf } from '../account/view'
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { Failure } from '../failure'
import {
  LEASE_MIN_TTL_MAX_SECONDS,
  LEASE_MIN_TTL_SECONDS,
  PAGE_DEFAULT,
  PAGE_MAX,
  SEARCH_MAX_CHARS,
} from '../limits'
import { STATUSES, type VaultAccount } from '../store/vault'
import { endSubscriptionsOf } from '../webhook/look'
import { disconnectedJson, tokenAnswer } from './answers'
import { accountFor, accountWithCopy, callerWith } from './api'
import { givenCursor, shownCursor } from './cursor'
import { Flag, ForceQuery, NoQuery, readQuery, ScreenName, WholeNumber } from './input'
import { loginUrl, noLoginUrl } from './login-url'
import type { AppEnv } from './middleware'
import { note } from './request-log'

const AccountsQuery = v.strictObject({
  cursor: v.optional(v.string()),
  limit: v.optional(WholeNumber(1, PAGE_MAX)),
  status: v.optional(v.picklist(STATUSES, `one of ${STATUSES.join(', ')} is expected`)),
  username: v.optional(ScreenName),
  q: v.optional(v.pipe(v.string(), v.maxLength(SEARCH_MAX_CHARS, 'too long'))),
  due: Flag,
})
const TokenQuery = v.strictObject({
  min_ttl: v.optional(WholeNumber(0, LEASE_MIN_TTL_MAX_SECONDS)),
  rejected: v.optional(WholeNumber(0, Number.MAX_SAFE_INTEGER)),
})

/** The routes of `/v1/accounts`. */
export const accounts = new Hono<AppEnv>()
  .get('/', async (c) => {
    const caller = await callerWith(c, 'accounts:read')
    const { cursor, limit = PAGE_DEFAULT, username, due, ...rest } = readQuery(c, AccountsQuery)
    const filter = {
      ...rest,
      username: username?.replace('@', ''),
      due: due === undefined ? undefined : due === 'true',
    }
    const from = await givenCursor('accounts', cursor)
    const page = await pageOf(c.env, caller.accounts, filter, from, limit, c.get('now'))
    const next = await shownCursor('accounts', page.cursor)
    return c.json({ accounts: page.accounts, ...(next === undefined ? {} : { cursor: next }) })
  })

  .get('/:id', async (c) => {
    const { id } = await accountFor(c, 'accounts:read')
    readQuery(c, NoQuery)
    const account = await findAccount(c.env, id, c.get('now'))
    if (!account) throw new Failure('account_unknown')
    const config = configOf(c.env)
    const { keys } = await keyringOf(config.sealingKeys)
    const view = viewOf(account, c.get('now'), keys)
    return c.json({ ...view, ...(await emailJson(config, account)) })
  })

  .get('/:id/token', async (c) => {
    // After a rejection the account's object is asked anyway.
    const { id, copy } =
      c.req.query('rejected') === undefined
        ? await accountWithCopy(c, 'tokens')
        : { ...(await accountFor(c, 'tokens')), copy: null }
    const { min_ttl, rejected } = readQuery(c, TokenQuery)
    const minTtl = min_ttl ?? LEASE_MIN_TTL_SECONDS
    const request: LeaseRequest =
      rejected === undefined
        ? { because: 'lease', minTtl }
        : { because: 'rejected', generation: rejected, minTtl }
    return leased(c, id, request, copy)
  })

  .post('/:id/refresh', async (c) => {
    const { id, copy } = await accountWithCopy(c, 'tokens')
    readQuery(c, NoQuery)
    return leased(c, id, { because: 'forced' }, copy)
  })

  .delete('/:id', async (c) => {
    const { id } = await accountFor(c, 'accounts:write')
    const force = readQuery(c, ForceQuery).force === 'true'
    const ended = await disconnect(c.env, id, force)
    c.executionCtx.waitUntil(endSubscriptionsOf(c.env, id, c.get('now')))
    return c.json({ id, disconnected: true, ...disconnectedJson(ended) })
  })

async function leased(
  c: Context<AppEnv>,
  id: string,
  request: LeaseRequest,
  copy: VaultAccount | null,
): Promise<Response> {
  const now = c.get('now')
  note(c, { because: request.because })
  const { accessToken, expiresAt, scope, generation, degraded, afterwards } = await lease(
    c.env,
    id,
    request,
    now,
    copy,
  )
  if (afterwards) c.executionCtx.waitUntil(afterwards())
  note(c, { generation, degraded: degraded?.reason })
  // For whoever asks for the bare token: the body says nothing else.
  c.header('perch-generation', String(generation))
  if (degraded) c.header('perch-degraded', degraded.reason)
  return tokenAnswer(c, accessToken, {
    expires_at: expiresAt,
    // From now, not from when the request came: a refresh may have taken its time.
    expires_in: Math.max(expiresAt - unixSeconds(), 0),
    scope,
    generation,
    ...(degraded ? { degraded: degradedJson(c, degraded) } : {}),
  })
}

function degradedJson(c: Context<AppEnv>, { reason, since, detail, retryAfter }: Degraded) {
  const needed = { kind: 'oauth2' } as const
  const login_url = reason === 'login_required' ? loginUrl(c, needed) : undefined
  const isLost = reason === 'login_required' && login_url === undefined
  return {
    reason,
    since,
    detail: isLost ? `${detail} ${noLoginUrl(c, needed)}` : detail,
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
    ...(login_url === undefined ? {} : { login_url }),
  }
}

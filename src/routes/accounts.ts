/** `/v1/accounts`: who is connected, leases, refresh, disconnect. */
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import type { Ask, Degraded } from '../account/decide'
import { copyOf, disconnect, findAccount, pageOf } from '../account/find'
import { type Lease, lease } from '../account/lease'
import { viewOf } from '../account/view'
import { readClaim, verify } from '../caller/authenticate'
import { demandAccount, demandScope } from '../caller/caller'
import { Failure } from '../failure'
import { LEASE_MIN_TTL_MAX_SECONDS, LEASE_MIN_TTL_SECONDS, PAGE_DEFAULT, PAGE_MAX } from '../limits'
import { accountFor, callerWith } from './api'
import type { Door } from './door'
import { accountId, NoQuery, readQuery, WholeNumber } from './input'

const ListQuery = v.strictObject({
  cursor: v.optional(v.string()),
  limit: v.optional(WholeNumber(1, PAGE_MAX)),
})
const TokenQuery = v.strictObject({
  min_ttl: v.optional(WholeNumber(0, LEASE_MIN_TTL_MAX_SECONDS)),
  rejected: v.optional(WholeNumber(0, Number.MAX_SAFE_INTEGER)),
})
const DeleteQuery = v.strictObject({ force: v.optional(v.picklist(['true', 'false'])) })

export const accounts = new Hono<Door>()
  .get('/', async (c) => {
    const caller = await callerWith(c, 'accounts:read')
    const { cursor, limit } = readQuery(c, ListQuery)
    return c.json(await pageOf(c.env, caller.accounts, cursor, limit ?? PAGE_DEFAULT))
  })

  .get('/:id', async (c) => {
    const id = await accountFor(c, 'accounts:read')
    readQuery(c, NoQuery)
    const account = await findAccount(c.env, id, c.get('now'))
    if (!account) throw new Failure('account_unknown')
    return c.json(viewOf(account))
  })

  .get('/:id/token', async (c) => {
    const { min_ttl, rejected } = readQuery(c, TokenQuery)
    const ask: Ask =
      rejected === undefined
        ? { because: 'lease', minTtl: min_ttl ?? LEASE_MIN_TTL_SECONDS }
        : { because: 'rejected', generation: rejected, minTtl: min_ttl ?? LEASE_MIN_TTL_SECONDS }
    return leased(c, ask)
  })

  .post('/:id/refresh', (c) => {
    readQuery(c, NoQuery)
    return leased(c, { because: 'forced' })
  })

  .delete('/:id', async (c) => {
    const id = await accountFor(c, 'accounts:write')
    const force = readQuery(c, DeleteQuery).force === 'true'
    const { revoked, words } = await disconnect(c.env, id, force)
    const note = 'Forgotten here, but X did not confirm: the user can remove the app at X.'
    return c.json({ id, forgotten: true, revoked, ...(revoked ? {} : { note, detail: words }) })
  })

async function leased(c: Context<Door>, ask: Ask): Promise<Response> {
  const now = c.get('now')
  const id = accountId(c)
  const claim = await readClaim(c.env, c.req.header('authorization'))
  // Both reads at once: a caller whose key turns out invalid has only warmed a cache.
  const [caller, copy] = await Promise.all([
    verify(c.env, claim, now),
    ask.because === 'lease' ? copyOf(c.env, id, now) : null,
  ])
  demandScope(caller, 'tokens')
  demandAccount(caller, id)
  const token = await lease(c.env, id, ask, now, copy)
  const format = accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/plain'],
    default: 'application/json',
  })
  c.header('vary', 'accept')
  return format === 'text/plain'
    ? c.text(token.accessToken.reveal())
    : c.json(leaseJson(token, now))
}

function leaseJson(lease: Lease, now: number) {
  const { expiresAt, scope, generation, degraded } = lease
  return {
    access_token: lease.accessToken.reveal(),
    token_type: 'bearer',
    expires_at: expiresAt,
    expires_in: Math.max(expiresAt - now, 0),
    scope,
    generation,
    ...(degraded ? { degraded: degradedJson(degraded) } : {}),
  }
}

const degradedJson = ({ reason, since, detail, retryAfter }: Degraded) => ({
  reason,
  since,
  detail,
  ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
})

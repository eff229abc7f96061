/** `/v1/endpoints`: addresses that events are delivered to. For the admin, and for callers with the scope `events`. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { type Caller, demandAccount } from '../caller/caller'
import {
  changeEndpoint,
  createEndpoint,
  endEndpoint,
  findEndpoint,
  listEndpoints,
  rotateEndpoint,
} from '../caller/manage-endpoints'
import { addressProblem } from '../endpoint/address'
import type { EndpointLook } from '../endpoint/endpoint'
import { lookAt } from '../endpoint/stub'
import { configOf } from '../env'
import { Failure } from '../failure'
import {
  ENDPOINT_ACCOUNTS_MAX,
  ENDPOINT_DESCRIPTION_MAX_CHARS,
  ENDPOINT_TYPES_MAX,
  EVENT_TYPE_MAX_CHARS,
} from '../limits'
import { plainText } from '../plain-text'
import type { EndpointRecord } from '../store/endpoints'
import { USER_ID } from '../x/user'
import { callerWith } from './api'
import { deliveries } from './deliveries'
import { endpointId } from './endpoint-id'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'

const Types = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.maxLength(EVENT_TYPE_MAX_CHARS, `at most ${EVENT_TYPE_MAX_CHARS} characters`),
      v.regex(
        /^(\*|[a-z][\w-]*(\.[\w-]+)*(\.\*)?)$/,
        'each is a type such as account.connected, or a beginning such as account.*',
      ),
    ),
  ),
  v.minLength(1, 'at least one type is expected; leave it out for all'),
  v.maxLength(ENDPOINT_TYPES_MAX, `at most ${ENDPOINT_TYPES_MAX} types`),
)
const Accounts = v.pipe(
  v.array(v.pipe(v.string(), v.regex(USER_ID, 'each is an X user id, as a string of digits'))),
  v.minLength(1, 'at least one account is expected; leave it out for all'),
  v.maxLength(ENDPOINT_ACCOUNTS_MAX, `at most ${ENDPOINT_ACCOUNTS_MAX} accounts`),
)
const Description = v.pipe(
  v.string(),
  v.transform(plainText),
  v.minLength(1, 'a text is expected'),
  v.maxLength(
    ENDPOINT_DESCRIPTION_MAX_CHARS,
    `at most ${ENDPOINT_DESCRIPTION_MAX_CHARS} characters`,
  ),
)

const EndpointBody = v.strictObject({
  url: v.string(),
  types: v.optional(Types),
  accounts: v.optional(Accounts),
  description: v.optional(Description),
})
/** What is not named stays as it is; null takes a filter or the description away. */
const EndpointChangeBody = v.strictObject({
  url: v.optional(v.string()),
  types: v.nullish(Types),
  accounts: v.nullish(Accounts),
  description: v.nullish(Description),
  enabled: v.optional(v.boolean()),
})

/** The routes of `/v1/endpoints`. */
export const endpoints = new Hono<AppEnv>()
  .get('/', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const all = await listEndpoints(c.env, caller)
    return c.json({ endpoints: all.map((endpoint) => endpointJson(endpoint, c.get('now'))) })
  })

  .post('/', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const { url, types, accounts, description } = await readJson(c, EndpointBody)
    demandAccounts(caller, accounts)
    const request = {
      url: address(c, url),
      ...(types ? { types: unique(types) } : {}),
      ...(accounts ? { accounts: unique(accounts) } : {}),
      ...(description === undefined ? {} : { description }),
    }
    const { endpoint, secret } = await createEndpoint(c.env, caller, request, c.get('now'))
    note(c, { endpoint: endpoint.id })
    return c.json({ ...endpointJson(endpoint, c.get('now')), secret: secret.reveal() }, 201)
  })

  .get('/:id', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const endpoint = await findEndpoint(c.env, caller, endpointId(c))
    const look = await lookAt(c.env, endpoint.id)
    return c.json({ ...endpointJson(endpoint, c.get('now')), ...lookOf(endpoint, look) })
  })

  .patch('/:id', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const id = endpointId(c)
    const { url, types, accounts, description, enabled } = await readJson(c, EndpointChangeBody)
    demandAccounts(caller, accounts)
    const change = {
      ...(url === undefined ? {} : { url: address(c, url) }),
      ...(types === undefined ? {} : { types: types && unique(types) }),
      ...(accounts === undefined ? {} : { accounts: accounts && unique(accounts) }),
      ...(description === undefined ? {} : { description }),
      enabled,
    }
    const changed = await changeEndpoint(c.env, caller, id, change)
    return c.json(endpointJson(changed, c.get('now')))
  })

  .delete('/:id', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    await endEndpoint(c.env, caller, endpointId(c))
    return c.body(null, 204)
  })

  .post('/:id/rotate', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const id = endpointId(c)
    await readJson(c, NoQuery)
    const { endpoint, secret } = await rotateEndpoint(c.env, caller, id)
    return c.json({ ...endpointJson(endpoint, c.get('now')), secret: secret.reveal() })
  })

  .route('/', deliveries)

/** An address that events may be delivered to, as `new URL` writes it. @throws Failure `request_malformed` */
function address(c: Context<AppEnv>, url: string): string {
  const own = { publicOrigin: configOf(c.env).publicOrigin, asked: c.req.url }
  const problem = addressProblem(url, own)
  if (problem !== undefined) throw new Failure('request_malformed', `url: ${problem}.`)
  return new URL(url).href
}

/** A limited caller's endpoint may name its own accounts alone. @throws Failure `account_unknown` */
function demandAccounts(caller: Caller, accounts: readonly string[] | null | undefined): void {
  for (const account of accounts ?? []) demandAccount(caller, account)
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)]

/** How its deliveries stand. One that was switched on a moment ago stands where it begins. */
const lookOf = ({ after }: EndpointRecord, look: EndpointLook | null) =>
  look ?? { cursor: after, open: 0 }

function endpointJson(endpoint: EndpointRecord, now: number) {
  const { id, url, types, accounts, description, caller, secrets, createdAt, disabled } = endpoint
  const ends = secrets.flatMap(({ until = 0 }) => (until > now ? [until] : []))
  return {
    id,
    url,
    ...(types ? { types } : {}),
    ...(accounts ? { accounts } : {}),
    ...(description === undefined ? {} : { description }),
    ...(caller === undefined ? {} : { caller }),
    created_at: createdAt,
    enabled: disabled === undefined,
    ...(disabled ? { disabled } : {}),
    ...(ends.length > 0 ? { former_secrets_end_at: ends } : {}),
  }
}

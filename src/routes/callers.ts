/** `/v1/callers`: keys for programs. For the admin key alone. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { SCOPES } from '../caller/caller'
import { type CallerChange, liveFormerKeys } from '../caller/changes'
import { CALLER_ID } from '../caller/key'
import {
  changeCaller,
  createCaller,
  endCaller,
  findCaller,
  listCallers,
  rotateCaller,
} from '../caller/manage'
import type { KnownCaller } from '../caller/registry'
import { Failure } from '../failure'
import {
  CALLER_ACCOUNTS_MAX,
  CALLER_RETURN_TO_MAX,
  PAGE_DEFAULT,
  ROTATE_OVERLAP_MAX_SECONDS,
  ROTATE_OVERLAP_SECONDS,
  UNIX_SECONDS_MAX,
} from '../limits'
import { returnPrefixProblem } from '../login/return-to'
import { plainText } from '../plain-text'
import { USER_ID } from '../x/user'
import { callerWith } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'

const SECONDS_EXPECTED = 'Unix seconds are expected, a whole number of ten digits'
const OVERLAP_EXPECTED = `seconds are expected, a whole number up to ${ROTATE_OVERLAP_MAX_SECONDS}`

const CallersQuery = v.strictObject({
  cursor: v.optional(
    v.pipe(v.string(), v.regex(CALLER_ID, 'a cursor of the page before is expected')),
  ),
})
const ReturnPrefix = v.pipe(
  v.string(),
  v.check(
    (text) => returnPrefixProblem(text) === undefined,
    ({ input }) => returnPrefixProblem(input) ?? '',
  ),
)
const Name = v.pipe(
  v.string(),
  v.transform(plainText),
  v.minLength(1, 'a name is expected'),
  v.maxLength(100, 'at most 100 characters'),
)
const Scopes = v.pipe(
  v.array(v.picklist(SCOPES, `each is one of ${SCOPES.join(', ')}`)),
  v.minLength(1, 'at least one scope is expected'),
)
const Accounts = v.pipe(
  v.array(v.pipe(v.string(), v.regex(USER_ID, 'each is an X user id, as a string of digits'))),
  v.maxLength(CALLER_ACCOUNTS_MAX, `at most ${CALLER_ACCOUNTS_MAX} accounts`),
)
const ReturnTo = v.pipe(
  v.array(ReturnPrefix),
  v.maxLength(CALLER_RETURN_TO_MAX, `at most ${CALLER_RETURN_TO_MAX} addresses`),
)
const ExpiresAt = v.pipe(
  v.number(),
  v.safeInteger(SECONDS_EXPECTED),
  v.minValue(0, SECONDS_EXPECTED),
  v.maxValue(UNIX_SECONDS_MAX, SECONDS_EXPECTED),
)

const CallerBody = v.strictObject({
  name: Name,
  scopes: Scopes,
  accounts: v.optional(Accounts),
  return_to: v.optional(ReturnTo),
  expires_at: v.optional(ExpiresAt),
})
/** What is not named stays as it is; null takes a limit away. */
const ChangeBody = v.strictObject({
  name: v.optional(Name),
  scopes: v.optional(Scopes),
  accounts: v.nullish(Accounts),
  return_to: v.nullish(ReturnTo),
  expires_at: v.nullish(ExpiresAt),
})
const RotateBody = v.strictObject({
  overlap_seconds: v.optional(
    v.pipe(
      v.number(OVERLAP_EXPECTED),
      v.safeInteger(OVERLAP_EXPECTED),
      v.minValue(0, OVERLAP_EXPECTED),
      v.maxValue(ROTATE_OVERLAP_MAX_SECONDS, OVERLAP_EXPECTED),
    ),
    ROTATE_OVERLAP_SECONDS,
  ),
})

/** The routes of `/v1/callers`. */
export const callers = new Hono<AppEnv>()
  .get('/', async (c) => {
    await callerWith(c, 'admin')
    const { cursor = '' } = readQuery(c, CallersQuery)
    const page = await listCallers(c.env, cursor, PAGE_DEFAULT)
    return c.json({
      callers: page.callers.map((known) => callerJson(known, c.get('now'))),
      cursor: page.cursor,
    })
  })

  .post('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const { name, scopes, accounts, return_to, expires_at } = await readJson(c, CallerBody)
    const request = {
      name,
      scopes: unique(scopes),
      ...(accounts ? { accounts: unique(accounts) } : {}),
      ...(return_to ? { returnTo: unique(return_to) } : {}),
      ...(expires_at === undefined ? {} : { expiresAt: expires_at }),
    }
    const made = await createCaller(c.env, request, c.get('now'))
    note(c, { other_caller: made.caller.id })
    return c.json({ ...callerJson(made, c.get('now')), key: made.key.reveal() }, 201)
  })

  .get('/:id', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    return c.json(callerJson(await findCaller(c.env, callerId(c)), c.get('now')))
  })

  .patch('/:id', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const id = callerId(c)
    const { name, scopes, accounts, return_to, expires_at } = await readJson(c, ChangeBody)
    const change: CallerChange = {
      ...(name === undefined ? {} : { name }),
      ...(scopes === undefined ? {} : { scopes: unique(scopes) }),
      ...(accounts === undefined ? {} : { accounts: accounts && unique(accounts) }),
      ...(return_to === undefined ? {} : { returnTo: return_to && unique(return_to) }),
      ...(expires_at === undefined ? {} : { expiresAt: expires_at }),
    }
    return c.json(callerJson(await changeCaller(c.env, id, change, c.get('now')), c.get('now')))
  })

  .post('/:id/rotate', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const id = callerId(c)
    const { overlap_seconds } = await readJson(c, RotateBody)
    const rotated = await rotateCaller(c.env, id, overlap_seconds, c.get('now'))
    return c.json({ ...callerJson(rotated, c.get('now')), key: rotated.key.reveal() })
  })

  .delete('/:id', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    await endCaller(c.env, callerId(c))
    return c.body(null, 204)
  })

/** The caller id in the path. @throws Failure `caller_unknown` */
function callerId(c: Context<AppEnv>): string {
  const id = c.req.param('id') ?? ''
  if (!CALLER_ID.test(id)) throw new Failure('caller_unknown')
  note(c, { other_caller: id })
  return id
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)]

function callerJson({ caller, isPublished }: KnownCaller, now: number) {
  const { id, name, scopes, accounts, returnTo, createdAt, expiresAt } = caller
  const ends = liveFormerKeys(caller, now).map(({ until }) => until)
  return {
    id,
    name,
    scopes,
    limited: accounts !== undefined,
    ...(accounts ? { accounts } : {}),
    ...(returnTo ? { return_to: returnTo } : {}),
    created_at: createdAt,
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    ...(ends.length > 0 ? { former_keys_end_at: ends } : {}),
    ...(isPublished ? {} : { published: false, note: UNPUBLISHED }),
  }
}

const UNPUBLISHED =
  'This is how the caller is, but KV has not taken it: until it has, what was true before holds where it is known, and a new key is asked about at its object, which answers a few such questions a minute. Perch tells KV again by itself.'

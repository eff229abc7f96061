/** `/v1/callers`: keys for programs. For the admin key alone. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { SCOPES } from '../caller/caller'
import { CALLER_ID } from '../caller/key'
import { createCaller, removeCaller } from '../caller/manage'
import { Failure } from '../failure'
import { CALLER_ACCOUNTS_MAX, CALLER_RETURN_TO_MAX, UNIX_SECONDS_MAX } from '../limits'
import { returnPrefixProblem } from '../login/return-to'
import { type CallerSummary, listCallers } from '../store/callers'
import { USER_ID } from '../x/user'
import { callerWith } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'

const SECONDS_EXPECTED = 'Unix seconds are expected, a whole number of ten digits'

const CallersQuery = v.strictObject({ cursor: v.optional(v.string()) })
const ReturnPrefix = v.pipe(
  v.string(),
  v.check(
    (text) => returnPrefixProblem(text) === undefined,
    ({ input }) => returnPrefixProblem(input) ?? '',
  ),
)
const CallerBody = v.strictObject({
  name: v.pipe(
    v.string(),
    v.minLength(1, 'a name is expected'),
    v.maxLength(100, 'at most 100 characters'),
  ),
  scopes: v.pipe(
    v.array(v.picklist(SCOPES, `each is one of ${SCOPES.join(', ')}`)),
    v.minLength(1, 'at least one scope is expected'),
  ),
  accounts: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(USER_ID, 'each is an X user id, as a string of digits'))),
      v.maxLength(CALLER_ACCOUNTS_MAX, `at most ${CALLER_ACCOUNTS_MAX} accounts`),
    ),
  ),
  return_to: v.optional(
    v.pipe(
      v.array(ReturnPrefix),
      v.maxLength(CALLER_RETURN_TO_MAX, `at most ${CALLER_RETURN_TO_MAX} addresses`),
    ),
  ),
  expires_at: v.optional(
    v.pipe(
      v.number(),
      v.integer(SECONDS_EXPECTED),
      v.minValue(0, SECONDS_EXPECTED),
      v.maxValue(UNIX_SECONDS_MAX, SECONDS_EXPECTED),
    ),
  ),
})

/** The routes of `/v1/callers`. */
export const callers = new Hono<AppEnv>()
  .get('/', async (c) => {
    await callerWith(c, 'admin')
    const page = await listCallers(c.env.VAULT, readQuery(c, CallersQuery).cursor)
    return c.json({ callers: page.callers.map(callerJson), cursor: page.cursor })
  })

  .post('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const { name, scopes, accounts, return_to, expires_at } = await readJson(c, CallerBody)
    const { caller, key } = await createCaller(
      c.env,
      {
        name,
        scopes: [...new Set(scopes)],
        ...(accounts ? { accounts: [...new Set(accounts)] } : {}),
        ...(return_to ? { returnTo: [...new Set(return_to)] } : {}),
        ...(expires_at === undefined ? {} : { expiresAt: expires_at }),
      },
      c.get('now'),
    )
    note(c, { other_caller: caller.id })
    const shown = callerJson({ ...caller, limited: accounts !== undefined })
    return c.json(
      { ...shown, ...(accounts ? { accounts: caller.accounts } : {}), key: key.reveal() },
      201,
    )
  })

  .delete('/:id', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const id = c.req.param('id')
    if (!CALLER_ID.test(id)) throw new Failure('caller_unknown')
    note(c, { other_caller: id })
    await removeCaller(c.env, id)
    return c.body(null, 204)
  })

const callerJson = ({
  id,
  name,
  scopes,
  limited,
  returnTo,
  createdAt,
  expiresAt,
}: CallerSummary) => ({
  id,
  name,
  scopes,
  limited,
  ...(returnTo ? { return_to: returnTo } : {}),
  created_at: createdAt,
  ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
})

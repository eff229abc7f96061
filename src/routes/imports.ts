/** `POST /v1/imports`: tokens from elsewhere, of whoever X says they are: one refresh token, or many lines. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { callerWith } from './api'
import { linesIn } from './import-line'
import { importLines } from './import-lines'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'
import { LINES, NDJSON } from './ndjson'
import { note } from './request-log'
import { ImportedScope, warningsJson } from './scope'
import { refreshedFirst } from './take-in'
import { Token } from './token'

const ImportBody = v.strictObject({
  oauth2: v.strictObject({ refresh_token: Token, scope: v.optional(ImportedScope) }),
})

const SENT_AS = ` Lines of JSON are sent as ${NDJSON}.`

/** The route of `/v1/imports`. */
export const imports = new Hono<AppEnv>().post('/', async (c) => {
  const caller = await callerWith(c, 'accounts:write')
  readQuery(c, NoQuery)
  if (LINES.test(c.req.header('content-type') ?? '')) {
    const lines = await linesIn(c)
    return c.body(importLines(c.env, caller, lines), 200, { 'content-type': NDJSON })
  }
  const { refresh_token, scope } = (await readJson(c, ImportBody, SENT_AS)).oauth2
  const pair = { refreshToken: refresh_token, scope: scope?.scopes.join(' ') }
  const account = await refreshedFirst(c.env, caller, pair)
  note(c, { account: account.id })
  return c.json({ ...account, ...warningsJson(scope?.warnings) })
})

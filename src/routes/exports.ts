/** `GET /v1/exports`: the records of accounts, callers and endpoints, sealed, for another deployment with the same sealing keys. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { exportPage, type NotExported } from '../access/move'
import { exportedCallers, exportedEndpoints } from '../caller/move'
import { eventOf, newEventId } from '../events/event'
import { appendEvents } from '../events/stub'
import { log } from '../log'
import { EXPORT_KINDS, type Exported } from '../store/exported'
import { callerWith } from './api'
import { givenCursor, shownCursor } from './cursor'
import { readQuery } from './input'
import type { AppEnv } from './middleware'
import { NDJSON } from './ndjson'
import { problemOf } from './problem'

const PageQuery = v.strictObject({ cursor: v.optional(v.string()) })

const PAGES = { account: exportPage, caller: exportedCallers, endpoint: exportedEndpoints }

/** The route of `/v1/exports`. The cursor says which kind of record is told, and where its page begins. */
export const exported = new Hono<AppEnv>().get('/', async (c) => {
  await callerWith(c, 'admin')
  const [from = 'account', ...rest] = ((await given(readQuery(c, PageQuery).cursor)) ?? '').split(
    ' ',
  )
  const kind = EXPORT_KINDS.find((known) => known === from) ?? 'account'
  const page = await PAGES[kind](c.env, rest.join(' ') || undefined)
  const after = EXPORT_KINDS[EXPORT_KINDS.indexOf(kind) + 1]
  const next = page.cursor === undefined ? after : `${kind} ${page.cursor}`
  const cursor = await shownCursor('exports', next)
  if (cursor !== undefined) c.header('perch-cursor', cursor)
  const told = { records: page.records.length, last: cursor === undefined }
  log('vault_exported', told)
  // Whoever moves does not fail for it: the log line is there all the same.
  const event = eventOf(
    { type: 'vault.exported', data: { kind, ...told } },
    newEventId(),
    Date.now(),
  )
  c.executionCtx.waitUntil(appendEvents(c.env, [event]).catch(() => undefined))
  const lines = page.records.map((record) => `${JSON.stringify(lineOf(record))}\n`)
  return c.body(lines.join(''), 200, { 'content-type': NDJSON })
})

const given = (cursor: string | undefined) => givenCursor('exports', cursor)

/** A record that cannot be told is named: who reads on must know that something is missing. */
function lineOf(record: Exported | NotExported): object {
  if (!('failure' in record)) return record
  const { failure, ...named } = record
  return { ...named, problem: problemOf(failure) }
}

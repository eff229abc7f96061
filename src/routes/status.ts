/** `/v1/status`, and what an operator may do by hand. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { publish, restore, restorePage } from '../access/restore'
import { viewOf } from '../account/view'
import { appStatus } from '../app/status'
import { configOf } from '../env'
import { callerWith } from './api'
import { givenCursor, shownCursor } from './cursor'
import { accountId, NoQuery, readQuery } from './input'
import type { AppEnv } from './middleware'
import { note } from './request-log'
import { warningsJson } from './scope'

const PageQuery = v.strictObject({ cursor: v.optional(v.string()) })

const UNPUBLISHED = 'KV has not taken it yet. Perch tells KV again by itself, until it has.'

/** The routes of an operator: `/v1/status`, restoring and publishing. */
export const operator = new Hono<AppEnv>()
  .get('/status', async (c) => {
    await callerWith(c, 'status')
    readQuery(c, NoQuery)
    const warnings = [...configOf(c.env).warnings].map(([name, why]) => `${name}: ${why}`)
    return c.json({ ...(await appStatus(c.env, c.get('now'))), ...warningsJson(warnings) })
  })

  .post('/accounts/:id/restore', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const now = c.get('now')
    const account = accountId(c)
    note(c, { account })
    return c.json(viewOf(await restore(c.env, account, now), now))
  })

  .post('/accounts/:id/publish', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const account = accountId(c)
    note(c, { account })
    const published = await publish(c.env, account)
    return c.json({
      ...viewOf(published.account, c.get('now')),
      ...(published.isPublished ? {} : { published: false, note: UNPUBLISHED }),
    })
  })

  .post('/restore', async (c) => {
    await callerWith(c, 'admin')
    const from = await givenCursor('restore', readQuery(c, PageQuery).cursor)
    const { cursor, ...page } = await restorePage(c.env, from, c.get('now'))
    const next = await shownCursor('restore', cursor)
    return c.json({ ...page, ...(next === undefined ? {} : { cursor: next }) })
  })

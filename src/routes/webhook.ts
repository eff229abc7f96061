/** `/v1/x/webhook`: the address at which X delivers to this deployment, as X has it. For the admin. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import type { HeldWebhook } from '../app/record'
import { DAY_SECONDS } from '../clock'
import { Failure } from '../failure'
import { look, register, replayAtX, unregister, WEBHOOK_PATHS } from '../webhook/registration'
import { callerWith } from './api'
import { NoQuery, readJson, readQuery } from './input'
import { type AppEnv, originOf } from './middleware'
import { Time } from './times'

const NoBody = v.strictObject({})
const ReplayBody = v.strictObject({ from: Time, to: v.optional(Time) })

/** The routes of `/v1/x/webhook`. */
export const webhook = new Hono<AppEnv>()
  .put('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    await readJson(c, NoBody)
    return c.json(webhookJson(await register(c.env, originOf(c), c.get('now'))))
  })

  .get('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    return c.json(webhookJson(await look(c.env, originOf(c), c.get('now'))))
  })

  .delete('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const ended = await unregister(c.env, originOf(c), c.get('now'))
    return c.json({ id: ended.id, url: ended.url, deleted: true })
  })

  .post('/replay', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    const now = c.get('now')
    const { from, to = now } = await readJson(c, ReplayBody)
    if (from < now - DAY_SECONDS || from > to || to > now)
      throw new Failure(
        'request_malformed',
        'from, to: two times of the last 24 hours are expected.',
      )
    return c.json({ job: await replayAtX(c.env, { from, to }, now) }, 202)
  })

const webhookJson = ({ id, url, valid, checkedAt }: HeldWebhook) => ({
  id,
  url,
  valid,
  checked_at: checkedAt,
  secret: url.endsWith(WEBHOOK_PATHS.consumer) ? 'X_API_SECRET' : 'X_CLIENT_SECRET',
})

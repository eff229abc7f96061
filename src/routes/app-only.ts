/** `/v1/app/token`: the app-only bearer. */
import { Hono } from 'hono/tiny'
import { appOwner } from '../access/app-owner'
import { appBearer, endBearer } from '../app/bearer'
import { tokenAnswer } from './answers'
import { callerWith } from './api'
import { ForceQuery, NoQuery, readQuery } from './input'
import type { AppEnv } from './middleware'

/** The routes of `/v1/app/token`. */
export const appOnly = new Hono<AppEnv>()
  .get('/token', async (c) => {
    await callerWith(c, 'app')
    readQuery(c, NoQuery)
    return tokenAnswer(c, await appBearer(c.env, c.get('now')), {})
  })

  .delete('/token', async (c) => {
    await callerWith(c, 'app')
    const force = readQuery(c, ForceQuery).force === 'true'
    const { by, refused } = await endBearer(c.env, await appOwner(c.env), force)
    return c.json({
      forgotten: true,
      invalidated: by !== 'none',
      ...(by === 'none' ? {} : { by }),
      ...(refused.length > 0 ? { detail: refused.join(' ') } : {}),
    })
  })

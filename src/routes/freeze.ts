/** `/v1/freeze`: no refresh leaves, while the accounts move to another deployment. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { freezeJson } from '../app/freeze'
import { changeFreeze } from '../app/stub'
import { callerWith } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'

const FreezeBody = v.strictObject({
  refreshes: v.pipe(
    v.boolean('true is expected'),
    v.check((yes: boolean) => yes, 'true is expected'),
  ),
})

/** The route of `/v1/freeze`. */
export const freeze = new Hono<AppEnv>()
  .post('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    await readJson(c, FreezeBody)
    return c.json({ freeze: freezeJson(await changeFreeze(c.env, true)) })
  })

  .delete('/', async (c) => {
    await callerWith(c, 'admin')
    readQuery(c, NoQuery)
    return c.json({ freeze: freezeJson(await changeFreeze(c.env, false)) })
  })

/** The Worker's doors: requests, the cron, the queue; and its objects. */

import { SWEEP_CRON } from './limits'
import { app } from './routes/app'
import { consume } from './sweep/consumer'
import { sweep } from './sweep/sweep'

export { Account } from './account/account'
export { Carrier } from './account/carrier'
export { App } from './app/app'
export { Registry } from './caller/registry'
export { Endpoint } from './endpoint/endpoint'
export { Events } from './events/log'
export { Login } from './login/login'

export default {
  fetch: app.fetch,

  async scheduled({ cron }, env) {
    // An unknown cron is a mistake in wrangler.toml, and guessing what it wants could refresh too often.
    if (cron !== SWEEP_CRON)
      throw new Error(`Unknown cron ${JSON.stringify(cron)}: not ${SWEEP_CRON}`)
    await sweep(env, Date.now())
  },

  async queue(batch, env) {
    for (const message of batch.messages) await consume(env, message.body)
    batch.ackAll()
  },
} satisfies ExportedHandler<Env>

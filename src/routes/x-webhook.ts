/**
 * `/x/webhook`: where X asks whether we are who we say, and delivers what happened. No key of ours is shown here: what is
 * taken is what X signed. The first address answers the check with the client secret, the second with the consumer secret.
 */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { Failure } from '../failure'
import { DELIVERY_MAX_BYTES } from '../limits'
import { log } from '../log'
import { challengeAnswer, isChallenge } from '../webhook/challenge'
import { demandSecret, demandSignature, receive } from '../webhook/receive'
import type { SecretName } from '../webhook/signature'
import { readBytes } from './body'
import type { AppEnv } from './middleware'
import { httpsOnly } from './middleware'

/** The routes of `/x/webhook`. */
export const xWebhook = new Hono<AppEnv>()
  .use(httpsOnly)
  .get('/', (c) => checked(c, 'client'))
  .get('/consumer', (c) => checked(c, 'consumer'))
  .post('/', (c) => delivered(c))
  .post('/consumer', (c) => delivered(c))

/** Answers a check. X waits some seconds, by older pages one, so nobody is asked anything here. */
async function checked(c: Context<AppEnv>, by: SecretName): Promise<Response> {
  // No token has a blank: that was a plus sign, which X did not encode.
  const token = (c.req.query('crc_token') ?? '').replaceAll(' ', '+')
  if (!isChallenge(token)) {
    log('x_check_refused', { characters: token.length })
    throw new Failure(
      'request_malformed',
      'crc_token: 16 to 128 characters of base64 are expected.',
    )
  }
  return c.json(await challengeAnswer(demandSecret(c.env, by), token))
}

/** Takes a delivery. X has 200 once it is kept, else it repeats it. */
async function delivered(c: Context<AppEnv>): Promise<Response> {
  const signature = demandSignature(c.env, c.req.raw.headers)
  const bytes = await readBytes(c, DELIVERY_MAX_BYTES)
  await receive(c.env, signature, bytes, Date.now())
  return c.json({ received: true })
}

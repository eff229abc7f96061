/** The way of a delivery: judged by its signature, into the log where somebody listens, and a revocation to its account. */
import { accountAt } from '../account/stub'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { withRaw } from '../events/stored'
import { appendEvents } from '../events/stub'
import { Failure } from '../failure'
import { EVENTS_PATIENCE_MS } from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { isChallenge } from './challenge'
import { type Delivery, readDelivery } from './delivery'
import { eventOfDelivery } from './event'
import { isHeard } from './heard'
import {
  type BroughtSignature,
  isSigned,
  type SecretName,
  signatureIn,
  type WebhookSecrets,
} from './signature'

/** The secrets that this deployment has. */
export function webhookSecrets(env: Env): WebhookSecrets {
  const { clientSecret, apiSecret } = configOf(env)
  return { client: clientSecret, consumer: apiSecret }
}

/**
 * What a delivery has to be signed with, before its body is read: what brings nothing costs nothing.
 *
 * @throws Failure `signature_wrong` without a signature, `webhook_secret_missing`.
 */
export function demandSignature(env: Env, headers: Headers): BroughtSignature {
  const brought = signatureIn(headers)
  if (!brought) throw refused('none')
  demandSecret(env, brought.by)
  return brought
}

/** The secret of this name. @throws Failure `webhook_secret_missing` */
export function demandSecret(env: Env, name: SecretName) {
  const secret = webhookSecrets(env)[name]
  if (secret.length > 0) return secret
  log('x_secret_missing', { setting: SETTING[name] })
  throw new Failure('webhook_secret_missing', `${SETTING[name]} is not set.`)
}

const SETTING = { client: 'X_CLIENT_SECRET', consumer: 'X_API_SECRET' } as const

/**
 * Takes a delivery. Resolves once the log has it, and the account that it revokes knows; until then X repeats it.
 *
 * @param bytes - the body as it came
 * @param nowMs - Unix milliseconds
 * @throws Failure `signature_wrong`, `webhook_secret_missing`, `object_unreachable`, `config_incomplete`
 */
export async function receive(
  env: Env,
  { by, text }: BroughtSignature,
  bytes: Uint8Array,
  nowMs: number,
): Promise<void> {
  const body = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes)
  // Of what looks like a token anybody gets the signature, by the check.
  if (isChallenge(body) || !(await isSigned(demandSecret(env, by), text, bytes)))
    throw refused('wrong')
  const delivery = readDelivery(body)
  const [isStored] = await Promise.all([
    store(env, delivery, bytes, body, nowMs),
    tellAccount(env, delivery),
  ])
  log('x_delivery', { type: delivery.type, stored: isStored, account: delivery.account })
}

async function store(
  env: Env,
  delivery: Delivery,
  bytes: Uint8Array,
  body: string,
  nowMs: number,
): Promise<boolean> {
  if (!(await isHeard(env, nowMs))) return false
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const keyring = await keyringOf(config.sealingKeys)
  const event = await eventOfDelivery(delivery, bytes, nowMs)
  await appendEvents(env, [await withRaw(keyring, event, body)])
  return true
}

/** A revocation is acted upon whether or not anybody listens. */
async function tellAccount(env: Env, { revoked }: Delivery): Promise<void> {
  if (!revoked) return
  const { account, at } = revoked
  const telling = accountAt(env, account).revokedAtX(at)
  const told = await inTime(telling, EVENTS_PATIENCE_MS).catch((error: unknown) => {
    log('account_unreachable', { account, ...errorOf(error) })
    return undefined
  })
  if (!told) throw new Failure('object_unreachable', 'The account’s object did not answer.')
}

function refused(signature: 'none' | 'wrong'): Failure {
  log('x_delivery_refused', { signature })
  return new Failure('signature_wrong')
}

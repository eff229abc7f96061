/** Secrets of endpoints: what their deliveries are signed with, as Standard Webhooks writes them. */

import type { Keyring } from '../crypto/keyring'
import { randomBytes } from '../crypto/random'
import { keyIdOf, open, type Sealed, seal } from '../crypto/seal'
import { Secret } from '../secret'
import type { EndpointRecord } from '../store/endpoints'
import { liveSecrets } from './endpoint-changes'

/** 24 to 64 are allowed; 32 are as many as HMAC-SHA256 can use. */
const SECRET_BYTES = 32

/** The place that an endpoint's secrets are sealed for. */
const secretPlace = (id: string): string => `REGISTRY/endpoint/${id}#secret`

/** A fresh secret of an endpoint, `whsec_…`, and the same sealed; its text is shown once. */
export async function newEndpointSecret(
  keyring: Keyring,
  id: string,
): Promise<{ text: Secret; sealed: Sealed }> {
  const text = new Secret(`whsec_${randomBytes(SECRET_BYTES).toBase64()}`)
  return { text, sealed: await seal(keyring, text, secretPlace(id)) }
}

/**
 * The secrets that sign an endpoint's deliveries now, the newest first.
 *
 * @param now - Unix seconds
 * @throws Failure `sealed_unreadable`
 */
export const openedSecrets = (
  keyring: Keyring,
  endpoint: EndpointRecord,
  now: number,
): Promise<Secret[]> =>
  Promise.all(
    liveSecrets(endpoint, now).map(({ sealed }) => open(keyring, sealed, secretPlace(endpoint.id))),
  )

/** The keys that sealed an endpoint's secrets. */
export const secretKeys = ({ secrets }: EndpointRecord): string[] =>
  secrets.map(({ sealed }) => keyIdOf(sealed))

/** The secrets of an endpoint that another key sealed, sealed anew, by what they were. @throws Failure `sealed_unreadable` */
export async function resealedSecrets(
  keyring: Keyring,
  { id, secrets }: EndpointRecord,
): Promise<Map<Sealed, Sealed>> {
  const old = secrets.filter(({ sealed }) => keyIdOf(sealed) !== keyring.first)
  const pairs = old.map(async ({ sealed }): Promise<[Sealed, Sealed]> => {
    const place = secretPlace(id)
    return [sealed, await seal(keyring, await open(keyring, sealed, place), place)]
  })
  return new Map(await Promise.all(pairs))
}

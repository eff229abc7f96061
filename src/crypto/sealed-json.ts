/** Plain data with {@link Secret}s in it, to and from one envelope. */
import { Secret } from '../secret'
import type { Keyring } from './keyring'
import { open, type Sealed, seal } from './seal'

/** Seals the whole value; secrets in it are written out, for this envelope alone. */
export function sealJson(keyring: Keyring, value: object, place: string): Promise<Sealed> {
  const json = JSON.stringify(value, function (this: Record<string, unknown>, key, plain) {
    // toJSON has hidden the secret by now; its holder still has it.
    const held = this[key]
    return held instanceof Secret ? { $secret: held.reveal() } : plain
  })
  return seal(keyring, new Secret(json), place)
}

/**
 * Opens what {@link sealJson} made. Sealed by us and unaltered, its shape is ours, so it is not checked again.
 *
 * @throws Failure `sealed_unreadable`
 */
export async function openJson<T>(keyring: Keyring, sealed: Sealed, place: string): Promise<T> {
  const opened = await open(keyring, sealed, place)
  return JSON.parse(opened.reveal(), (_, value) =>
    typeof value?.$secret === 'string' ? new Secret(value.$secret) : value,
  )
}

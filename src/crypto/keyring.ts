/** The sealing keys, keyrings once per isolate. */
import type { Secret } from '../secret'
import { fromBase64, utf8 } from './bytes'

export interface Keyring {
  /** Id of the key that seals. */
  first: string
  keys: ReadonlyMap<string, CryptoKey>
}

const keyrings = new WeakMap<readonly Secret[], Promise<Keyring>>()

/** The keyring of these keys, in order: every key opens, the first one seals. */
export function keyringOf(keys: readonly Secret[]): Promise<Keyring> {
  const keyring = keyrings.get(keys) ?? importKeys(keys)
  keyrings.set(keys, keyring)
  return keyring
}

async function importKeys(keys: readonly Secret[]): Promise<Keyring> {
  const entries = await Promise.all(
    keys.map(async (key): Promise<[string, CryptoKey]> => {
      const bytes = fromBase64(key.reveal())
      const usages = ['encrypt', 'decrypt']
      return [
        await keyId(bytes),
        await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, usages),
      ]
    }),
  )
  const first = entries[0]
  if (!first) throw new RangeError('A keyring needs at least one key')
  return { first: first[0], keys: new Map(entries) }
}

/**
 * A key's id: the first 4 bytes of HMAC-SHA-256 of a fixed label under it, in hex. Derived, so that nobody has to
 * name keys; under the key, so that the id says nothing about it.
 */
async function keyId(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, utf8('perch key id'))
  return new Uint8Array(mac, 0, 4).toHex()
}

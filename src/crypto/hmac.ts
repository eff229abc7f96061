/** HMAC-SHA1, with the key importedKeys once: importing costs more than signing. */
import { HMAC_KEYS_REMEMBERED } from '../limits'
import { utf8 } from './bytes'

const importedKeys = new Map<string, CryptoKey>()

/**
 * HMAC-SHA1 of a text in base64, padded.
 *
 * @see [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104.html), RFC 5849 §3.4.2
 */
export async function hmacSha1(key: string, text: string): Promise<string> {
  const hmacKey = importedKeys.get(key) ?? (await importKey(key))
  const mac = await crypto.subtle.sign('HMAC', hmacKey, utf8(text))
  return new Uint8Array(mac).toBase64()
}

async function importKey(key: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-1' }
  const fresh = await crypto.subtle.importKey('raw', utf8(key), algorithm, false, ['sign'])
  importedKeys.set(key, fresh)
  // A Map keeps the order of insertion, so the first key is the oldest.
  if (importedKeys.size > HMAC_KEYS_REMEMBERED)
    importedKeys.delete(importedKeys.keys().next().value!)
  return fresh
}

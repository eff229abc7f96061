/** HMAC: SHA-1 with the key imported once, since importing costs more than signing; SHA-256 with keys that are seldom met twice. */
import { HMAC_KEYS_REMEMBERED } from '../limits'
import { utf8 } from './bytes'

const importedKeys = new Map<string, CryptoKey>()

/**
 * HMAC-SHA1 of a text in base64, padded.
 *
 * @see [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104.html), RFC 5849 §3.4.2.
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

/**
 * HMAC-SHA256 of bytes, or of a text in UTF-8: 32 bytes.
 *
 * @see [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104.html)
 */
export async function hmacSha256(
  key: Uint8Array | string,
  message: Uint8Array | string,
): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const hmacKey = await crypto.subtle.importKey('raw', bytesOf(key), algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, bytesOf(message)))
}

const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === 'string' ? utf8(value) : value

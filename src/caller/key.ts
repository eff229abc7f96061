/**
 * Caller keys: `perch_<id>_<secret><checksum>`. The prefix lets secret scanners find a leaked key, the checksum lets
 * us refuse a mistyped one without a read. Secret and checksum are letters and digits: some OAuth clients split a token
 * at `-`. Keys that the former build made have `-` and `_` in either, and work on.
 */
import { hash } from '../crypto/hash'
import { randomBase62, randomHex } from '../crypto/random'
import { Secret } from '../secret'

/** A caller key in its parts: the caller's id, and the secret that shows it. */
export interface Key {
  id: string
  secret: Secret
}

const CHECKSUM_CHARS = 6
/** 256 bits: 62 to the power of 43 is a little more than 2 to the power of 256. */
const SECRET_CHARS = 43
const ID_HEX_CHARS = 16
const KEY_FORM = new RegExp(
  `^perch_([0-9a-f]{${ID_HEX_CHARS}})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$`,
)
/** The form of a caller's id. */
export const CALLER_ID = new RegExp(`^[0-9a-f]{${ID_HEX_CHARS}}$`)

/** A fresh key, of a new caller unless one is named; its text is shown once and kept nowhere. */
export async function newKey(id = randomHex(ID_HEX_CHARS / 2)): Promise<Key & { text: Secret }> {
  const secret = randomBase62(SECRET_CHARS)
  const sum = await checksum(id, secret)
  return {
    id,
    secret: new Secret(secret),
    text: new Secret(`perch_${id}_${secret}${sum}`),
  }
}

/**
 * Takes a caller key apart.
 *
 * @returns undefined when the text is no key of Perch's, or was mistyped.
 */
export async function parseKey(text: string): Promise<Key | undefined> {
  const [, id, secret, sum] = KEY_FORM.exec(text) ?? []
  if (!id || !secret || !sum) return undefined
  const isRight = sum === (await checksum(id, secret)) || sum === (await formerChecksum(id, secret))
  return isRight ? { id, secret: new Secret(secret) } : undefined
}

/** The first letters and digits of a digest; there are more than enough of them. */
const checksum = async (id: string, secret: string): Promise<string> =>
  (await hash(`perch caller key ${id} ${secret}`))
    .replace(/[-_]/g, '')
    .padEnd(CHECKSUM_CHARS, '0')
    .slice(0, CHECKSUM_CHARS)

/** As the former build made it: of another digest, so that no typing error turns one into the other. */
const formerChecksum = async (id: string, secret: string): Promise<string> =>
  (await hash(`perch key ${id} ${secret}`)).slice(0, CHECKSUM_CHARS)

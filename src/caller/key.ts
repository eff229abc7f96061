/**
 * Caller keys: `perch_<id>_<secret><checksum>`. The prefix lets secret scanners find a leaked key, the checksum lets
 * us refuse a mistyped one without a read.
 */
import { hash } from '../crypto/hash'
import { randomHex, randomText } from '../crypto/random'
import { Secret } from '../secret'

export interface Key {
  id: string
  secret: Secret
}

const CHECKSUM_CHARS = 6
const ID_HEX_CHARS = 16
const KEY_FORM = new RegExp(
  `^perch_([0-9a-f]{${ID_HEX_CHARS}})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$`,
)
export const CALLER_ID = new RegExp(`^[0-9a-f]{${ID_HEX_CHARS}}$`)

/** A fresh key; its text is shown once and kept nowhere. */
export async function newKey(): Promise<Key & { text: Secret }> {
  const id = randomHex(ID_HEX_CHARS / 2)
  const secret = randomText()
  return {
    id,
    secret: new Secret(secret),
    text: new Secret(`perch_${id}_${secret}${await checksum(id, secret)}`),
  }
}

/** @returns undefined when this is no key of ours, or was mistyped */
export async function parseKey(text: string): Promise<Key | undefined> {
  const [, id, secret, sum] = KEY_FORM.exec(text) ?? []
  if (!id || !secret || sum !== (await checksum(id, secret))) return undefined
  return { id, secret: new Secret(secret) }
}

const checksum = async (id: string, secret: string): Promise<string> =>
  (await hash(`perch key ${id} ${secret}`)).slice(0, CHECKSUM_CHARS)

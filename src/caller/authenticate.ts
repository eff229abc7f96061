/** From an Authorization header to a caller. */
import { hash, sameSecret } from '../crypto/hash'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { getCaller } from '../store/callers'
import { ADMIN, type Caller, callerOf } from './caller'
import { type Key, parseKey } from './key'

/** What a header claims: the admin, or a well-formed key that is still to be looked up. */
export type Claim = typeof ADMIN | Key

/**
 * Reads the header without reading any storage: a malformed or mistyped key costs nothing.
 *
 * @throws Failure `key_missing`, `key_invalid`, `config_incomplete`
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1)
 */
export async function readClaim(env: Env, header: string | undefined): Promise<Claim> {
  const config = configOf(env)
  need(config, 'ADMIN_KEY')
  const key = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  if (key === undefined) throw new Failure('key_missing')
  if (await sameSecret(key, config.adminKey.reveal())) return ADMIN
  const parsed = await parseKey(key)
  if (!parsed) throw new Failure('key_invalid')
  return parsed
}

/**
 * Checks the claimed key and gives its caller. At most one KV read.
 *
 * @param now - Unix seconds
 * @throws Failure `key_invalid`, `storage_unavailable`.
 */
export async function verify(env: Env, claim: Claim, now: number): Promise<Caller> {
  if (!('secret' in claim)) return ADMIN
  const record = await getCaller(env.VAULT, claim.id, now)
  // An unknown id is compared too, so that time does not tell which ids exist.
  const same = await sameSecret(await hash(claim.secret.reveal()), record?.secretHash ?? '')
  if (!record || !same) throw new Failure('key_invalid')
  if (record.expiresAt !== undefined && record.expiresAt <= now)
    throw new Failure('key_invalid', 'This key has expired.')
  return callerOf(record)
}

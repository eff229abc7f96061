/** From an Authorization header to a caller. */
import { hash, isOneOf, sameSecret } from '../crypto/hash'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { Failure } from '../failure'
import { REGISTRY_PATIENCE_MS } from '../limits'
import { log } from '../log'
import { type CallerRecord, getCaller, rememberCaller } from '../store/callers'
import { ADMIN, type Caller, callerOf } from './caller'
import { liveFormerKeys } from './changes'
import { type Key, parseKey } from './key'
import { Refusals } from './refusals'
import { askRegistry } from './stub'

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
  const adminKeys = config.adminKeys.map((each) => each.reveal())
  if (await isOneOf(key, adminKeys)) return ADMIN
  const parsed = await parseKey(key)
  if (!parsed) throw new Failure('key_invalid')
  return parsed
}

/**
 * Checks the claimed key and gives its caller: by KV's sealed copy, one read at most; where that does not know the key,
 * by the object `Registry`, which knows of a key that was made or rotated a moment ago.
 *
 * @param now - Unix seconds
 * @throws Failure `key_invalid`, `storage_unavailable`, `object_unreachable`, `config_incomplete`.
 */
export async function verify(env: Env, claim: Claim, now: number): Promise<Caller> {
  if (!('secret' in claim)) return ADMIN
  const config = configOf(env)
  need(config, 'SEALING_KEYS')
  const shown = await hash(claim.secret.reveal())
  const refused = refusals.of(`${claim.id} ${shown}`, now)
  if (refused) throw new Failure('key_invalid', refused.detail)

  const copy = await getCaller(env.VAULT, keyringOf(config.sealingKeys), claim.id, now)
  const byCopy = await judge(copy?.isSealed ? copy.record : undefined, shown, now)
  if (copy?.isSealed && byCopy === 'valid') return callerOf(copy.record)

  // Nobody but a writer of KV can put an unsealed copy there, so one that fits is no stranger's guess.
  const fits = copy?.isSealed === false && (await sameSecret(String(copy.secretHash), shown))
  if (!fits && !refusals.mayAsk(now)) throw new Failure('key_invalid', WORDS[byCopy])
  const known = await askRegistry(env, (all) => all.find(claim.id), REGISTRY_PATIENCE_MS)
  const verdict = await judge(known?.caller, shown, now)
  if (known && verdict === 'valid') {
    rememberCaller(known.caller, now)
    return callerOf(known.caller)
  }
  if (copy?.isSealed === false) log('caller_record_unsealed', { other_caller: claim.id })
  refusals.add(`${claim.id} ${shown}`, WORDS[verdict], now)
  throw new Failure('key_invalid', WORDS[verdict])
}

const refusals = new Refusals()

const WORDS = { valid: undefined, unknown: undefined, expired: 'This key has expired.' }

/** What a caller's record says of the secret that was shown, by its hash. */
async function judge(
  record: CallerRecord | undefined,
  shown: string,
  now: number,
): Promise<keyof typeof WORDS> {
  // An unknown id is compared too, so that time does not tell which ids exist.
  const hashes = record
    ? [record.secretHash, ...liveFormerKeys(record, now).map((key) => key.secretHash)]
    : ['']
  const isKnown = await isOneOf(shown, hashes)
  if (!record || !isKnown) return 'unknown'
  return record.expiresAt !== undefined && record.expiresAt <= now ? 'expired' : 'valid'
}

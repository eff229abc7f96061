import { secondsOf } from '../clock'
import type { GrantKind, VaultAccount } from '../store/vault'
import { stillAtX, withoutExchange } from './exchange'
import { type Connected, generationOf, type Tombstone } from './record'

/** What becomes of one field of a connected account's record, each time that a new record is put together. */
interface Fate {
  /** Whether it is in the copy that KV has. */
  copied: boolean
  /** Whether it stays when a login or an import brings another OAuth 2.0 grant. What is `false` is new then, or over. */
  adopted: boolean
  /** Whether it stays when the OAuth 2.0 grant ends and the OAuth 1.0a grant goes on. */
  withoutOAuth2: boolean
  /** Whether it stays when the account is deleted. */
  deleted: boolean
}

/** What the types already say: KV's copy is what a {@link VaultAccount} is, and a tombstone has its own fields alone. */
type FateOf<Field> = Fate & {
  copied: Field extends keyof VaultAccount ? true : false
  deleted: Field extends keyof Tombstone ? boolean : false
}

/**
 * Every field of a connected account, in the order of KV's copy. A new field without a line here does not compile, so that
 * none is lost unnoticed on its way from one record to the next.
 */
export const FIELDS = {
  id: { copied: true, adopted: false, withoutOAuth2: true, deleted: true },
  username: { copied: true, adopted: false, withoutOAuth2: true, deleted: false },
  name: { copied: true, adopted: false, withoutOAuth2: true, deleted: false },
  picture: { copied: true, adopted: false, withoutOAuth2: true, deleted: false },
  verified: { copied: true, adopted: false, withoutOAuth2: true, deleted: false },
  // It was given for the OAuth 2.0 grant, and goes with it.
  email: { copied: true, adopted: false, withoutOAuth2: false, deleted: false },
  status: { copied: true, adopted: false, withoutOAuth2: false, deleted: false },
  oauth2: { copied: true, adopted: false, withoutOAuth2: false, deleted: false },
  oauth1: { copied: true, adopted: true, withoutOAuth2: true, deleted: false },
  // Who uses the account goes on with the new grant.
  usedAt: { copied: true, adopted: true, withoutOAuth2: false, deleted: false },
  formers: { copied: true, adopted: false, withoutOAuth2: false, deleted: false },
  logins: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  attempt: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  inDoubt: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  triedAtMs: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  forced: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  endedGeneration: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  endedAtMs: { copied: false, adopted: true, withoutOAuth2: true, deleted: false },
  // By giving a login's pair X has ended whatever an exchange gave before.
  exchange: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  exchangeUntil: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  healedAt: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  refusalRetracted: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  // It is about the grant that is held.
  revokedAtX: { copied: false, adopted: false, withoutOAuth2: false, deleted: false },
  // A grant that comes is newer than any word before it.
  revokedHeardAt: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  disconnecting: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  // It says which grant it means, so that a login's is not taken for it.
  endingGrant: { copied: false, adopted: true, withoutOAuth2: true, deleted: false },
  // A write that is late lands in KV over whatever came after it, so what is known of KV outlives every record.
  kv: { copied: false, adopted: true, withoutOAuth2: true, deleted: true },
  toldAgainAtMs: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
  // Others go by it until they are told something else.
  told: { copied: false, adopted: true, withoutOAuth2: true, deleted: false },
  synced: { copied: false, adopted: false, withoutOAuth2: true, deleted: false },
} as const satisfies { [Field in keyof Connected]-?: FateOf<Field> }

/** The fields with `true` in one column of {@link FIELDS}. */
type Kept<Column extends keyof Fate> = {
  [Field in keyof typeof FIELDS]: (typeof FIELDS)[Field][Column] extends true ? Field : never
}[keyof typeof FIELDS]

/** The fields of a record that stay, by one column of {@link FIELDS}; those that are not there stay away. */
export function kept<Column extends keyof Fate>(
  record: Partial<Connected>,
  column: Column,
): Pick<Connected, Kept<Column>> {
  const fields = Object.entries(FIELDS).flatMap(([field, fate]) => {
    const value = record[field as keyof Connected]
    return fate[column] && value !== undefined ? [[field, value]] : []
  })
  return Object.fromEntries(fields)
}

/** The copy for KV: what readers need, without the journal. */
export function vaultCopy(record: Connected): VaultAccount {
  return kept(record, 'copied')
}

/** What is left of an account that was deleted. */
export function disconnected(record: Connected, nowMs: number): Tombstone {
  return {
    ...kept(record, 'deleted'),
    disconnectedAtMs: nowMs,
    generation: generationOf(record),
  }
}

/** The record without one of its grants. A refresh under way, and what is known of refreshes, goes with OAuth 2.0's. */
export function withoutGrant(record: Connected, kind: GrantKind, nowMs: number): Connected {
  const endedAtMs = { ...record.endedAtMs, [kind]: nowMs }
  if (kind === 'oauth1') {
    const { oauth1: _, ...rest } = withoutExchange(record, secondsOf(nowMs))
    return { ...rest, ...stillAtX(record), endedAtMs }
  }
  // A further kind has to be dealt with here: until it is, this does not compile.
  kind satisfies 'oauth2'
  const endedGeneration = generationOf(record)
  const rest = { ...kept(record, 'withoutOAuth2'), ...stillAtX(record) }
  return { ...rest, status: 'ok', endedAtMs, endedGeneration }
}

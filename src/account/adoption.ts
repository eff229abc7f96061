/**
 * Decides whether the grant of a login or an import becomes an account’s, and says what the record is then. Plain data
 * in, plain data out.
 */
import { secondsOf } from '../clock'
import { FORMERS_KEPT, LOGINS_REMEMBERED } from '../limits'
import type { GrantKind, VaultOAuth1, VaultOAuth2 } from '../store/vault'
import { healing, stillAtX, withoutExchange } from './exchange'
import { kept } from './fields'
import { heldBefore, lostScopes } from './lost-scopes'
import { type Profile, profileOf } from './profile'
import {
  type AccountRecord,
  type Connected,
  generationOf,
  isInDoubt,
  isTombstone,
  nextGeneration,
  type Tombstone,
} from './record'

/** A grant that a login or an import brings, sealed for its account. */
export interface Adoption extends Profile {
  loginId: string
  id: string
  grant: AccountGrant
  /** An import's: the generation that was held when X was asked whose the tokens are. */
  asOf?: number
  /** A login's: when its code was sent to X, Unix milliseconds. One from before a DELETE brings nothing back. */
  sentAtMs?: number
  /** It is adopted only where it takes the place of a working grant of the same app, which X has ended with it. */
  onlyInPlace?: true
}

/** The grant of a login or an import, sealed for its account; a generation it gets with its adoption. */
export type AccountGrant =
  | ({ kind: 'oauth2' } & Omit<VaultOAuth2, 'generation'>)
  | ({ kind: 'oauth1' } & VaultOAuth1)

/** Whether it was an import that an account knows by this id; else a login. */
export const isImport = (loginId: string): boolean => loginId.startsWith('import:')

/**
 * Whether a login's grant takes the place of what is there. X keeps one live OAuth 2.0 grant per app and user, so of two
 * that both were alive when X was asked whose they are, the one that was asked about first is dead: whatever the order
 * in which their codes were sent. One from before the account was deleted must not bring it back.
 */
export function judgeAdoption(
  record: AccountRecord | undefined,
  { loginId, grant, asOf, sentAtMs = grant.obtainedAtMs, onlyInPlace }: Adoption,
): 'adopt' | 'already' | 'superseded' | 'disconnected' | 'unwanted' {
  if (onlyInPlace && !hasPlaceFor(record, grant)) return 'unwanted'
  if (!record) return 'adopt'
  // A login whose code was sent before the DELETE must not undo it; nor may an import that X was asked about before it.
  if (isTombstone(record))
    return sentAtMs <= record.disconnectedAtMs || (asOf ?? 0) > 0 ? 'disconnected' : 'adopt'
  if (record.logins.includes(loginId)) return 'already'
  const held = record[grant.kind]
  const isFromBefore = sentAtMs <= (record.endedAtMs?.[grant.kind] ?? 0)
  // A grant that was imported without asking X may be anybody's, or is known by now to be another's: a login's grant takes
  // its place, even an older one. So it does of an import that has ended and was never refreshed: it may have been of
  // another app, for which X has ended nothing.
  const isImportOver = held?.ended && 'imported' in held && !('imported' in grant)
  const isOthers = isImportOver || held?.ended?.reason === 'belongs_to_another'
  const isVouchedFor = held && !isOthers && (!held.unconfirmed || grant.unconfirmed)
  // An older grant is judged here, before the ends are looked at below. X gives one OAuth 1.0a token again and again,
  // so the older login may bring the very token that is held. If the answer were `disconnected`, that login would give
  // its token back to X, and the grant that is held would end with it.
  if (isVouchedFor && grant.obtainedAtMs < held.obtainedAtMs) {
    if (!isFormer(record, grant)) return 'superseded'
    return isFromBefore ? 'disconnected' : 'adopt'
  }
  // The grant that is held came after the end that was asked for, and the grant that is brought is newer still: by
  // giving it, X has ended the one that is held. So it takes that one's place, though its code was sent before the end.
  // An imported grant may be of another app, for which X has ended nothing.
  const follows = grant.kind === 'oauth2' && record.oauth2 && !record.oauth2.imported
  if (!follows && isFromBefore) return 'disconnected'
  // A refresh since X was asked may have spent the very token that an import brings.
  if (grant.kind === 'oauth2' && asOf !== undefined) {
    if (asOf !== (record.oauth2?.generation ?? 0)) return 'superseded'
    // While in doubt X may hold a newer pair of the grant that is held here, and the import's would be spent. A grant that
    // has ended, or is of another app, gets no newer pair.
    if (isInDoubt(record) && !record.oauth2?.ended && record.oauth2?.clientId === grant.clientId)
      return 'superseded'
  }
  return 'adopt'
}

/**
 * Whether a grant that is older than what is held is kept beside it: what is held was imported, and if it turns out to
 * be of another app, X has ended nothing for it.
 */
function isFormer({ oauth2 }: Connected, grant: AccountGrant): boolean {
  if (grant.kind !== 'oauth2' || grant.imported || !oauth2?.imported || oauth2.ended) return false
  return grant.obtainedAtMs < oauth2.obtainedAtMs
}

/** Whether this grant takes the place of one that works: of the same app, and not ended before. */
function hasPlaceFor(record: AccountRecord | undefined, grant: AccountGrant): boolean {
  if (!record || isTombstone(record) || grant.kind !== 'oauth2') return false
  const held = record.oauth2
  return held !== undefined && !held.ended && held.clientId === grant.clientId
}

/**
 * The record with this grant beside one of the other kind. A running attempt ends with the OAuth 2.0 grant that it was
 * for: its late answer finds no journal of its own.
 */
export function adopted(
  record: AccountRecord | undefined,
  adoption: Adoption,
  now: number,
): Connected {
  const { loginId, grant, id } = adoption
  const before = record && isTombstone(record) ? carriedOver(record) : record
  const logins = [...(before?.logins ?? []), loginId].slice(-LOGINS_REMEMBERED)
  const profile = { id, ...profileOf(before, adoption, grant.unconfirmed), logins }
  if (grant.kind === 'oauth1') {
    const { kind: _, ...given } = grant
    const oauth1 = { ...given, ...endedMeanwhile(before?.oauth1, grant) }
    return healing({ ...before, ...profile, status: before?.status ?? 'ok', oauth1 }, now)
  }
  // A further kind has to be dealt with here: until it is, this does not compile.
  grant.kind satisfies 'oauth2'
  const { kind: _, ...oauth2 } = grant
  const generation = nextGeneration(record && generationOf(record), now)
  if (record && !isTombstone(record) && isFormer(record, grant)) {
    const lost = lostScopes(record.formers?.[0], grant.scope)
    return givingWay({
      ...record,
      ...profile,
      ...formersOf(record.formers, { ...oauth2, generation, ...lost }),
    })
  }
  return givingWay({
    ...profile,
    status: 'ok',
    oauth2: { ...oauth2, generation, ...lostScopes(heldBefore(before), grant.scope) },
    ...formersKept(before, adoption),
    ...kept(before ?? {}, 'adopted'),
    ...stillAtX(before ?? {}),
  })
}

/**
 * X gives one OAuth 1.0a token again and again. A login that was under way when a DELETE had it ended, and X did not confirm
 * that, may bring the very token that has ended.
 */
function endedMeanwhile(
  held: VaultOAuth1 | undefined,
  { obtainedAtMs }: VaultOAuth1,
): Pick<VaultOAuth1, 'endedAtX'> {
  const { endedAtX } = held ?? {}
  return endedAtX && endedAtX.since > secondsOf(obtainedAtMs) ? { endedAtX } : {}
}

/** The grants to keep beside an imported one: what it takes the place of may be the only one that is of our app. */
function formersKept(
  before: Partial<Connected> | undefined,
  { asOf, grant }: Adoption,
): Pick<Connected, 'formers'> {
  const { oauth2: held, formers } = before ?? {}
  if (asOf === undefined || !held || held.ended || grant.kind !== 'oauth2') return {}
  if (held.clientId === grant.clientId && !held.unconfirmed) return formersOf(formers, held)
  return formers ? { formers } : {}
}

/**
 * The former grants with this one, the newest first. One that was not imported is our app's for certain, and X has ended
 * all that came before it.
 */
function formersOf(
  formers: readonly VaultOAuth2[] | undefined,
  one: VaultOAuth2,
): Pick<Connected, 'formers'> {
  const all = [one, ...(formers ?? [])].toSorted((a, b) => b.obtainedAtMs - a.obtainedAtMs)
  const ours = all.findIndex(({ imported }) => !imported)
  const imports = (ours < 0 ? all : all.slice(0, ours)).slice(0, FORMERS_KEPT - 1)
  return { formers: ours < 0 ? imports : [...imports, all[ours]!] }
}

/** An imported access token that cannot be refreshed gives way to the former grant when it expires: it is due then. */
function givingWay(record: Connected): Connected {
  const { oauth2, formers } = record
  if (!oauth2 || !formers || oauth2.refreshToken) return record
  return { ...record, oauth2: { ...oauth2, dueAt: oauth2.expiresAt } }
}

/** The record after an imported grant turned out to be of no use: the one before it is back, and due at once. */
export function reverted(record: Connected, now: number): Connected {
  const { formers: [former, ...others] = [], formers: _, oauth2: __, ...rest } = record
  if (!former) return record
  const { failure: ___, ...grant } = former
  const generation = nextGeneration(generationOf(record), now)
  const dueAt = grant.refreshToken ? now : null
  return givingWay({
    ...rest,
    status: 'ok',
    oauth2: { ...grant, dueAt, generation },
    ...(others.length > 0 ? { formers: others } : {}),
  })
}

/** What the next login has to know of an account that was deleted: which grants are from before, and what KV may do. */
function carriedOver(tombstone: Tombstone): Partial<Connected> {
  const { disconnectedAtMs, generation, kv, id: _, toldAgainAtMs: __, ...unknown } = tombstone
  // A field that a tombstone gets one day has to be dealt with here: until it is, this does not compile.
  unknown satisfies Record<string, never>
  const endedAtMs = { oauth1: disconnectedAtMs, oauth2: disconnectedAtMs }
  return { endedAtMs, endedGeneration: generation, ...(kv ? { kv } : {}) }
}

/** The record after X was asked whose an imported grant is. `owner` is what X said. */
export function confirmed(
  record: Connected,
  kind: GrantKind,
  owner: Profile & { id: string },
  now: number,
): Connected {
  const { unconfirmed: _, ...grant } = record[kind]!
  if (owner.id === record.id) {
    const { email: __, ...rest } = record
    return { ...rest, ...profileOf(record, owner), [kind]: grant }
  }
  const ended = { reason: 'belongs_to_another', since: now } as const
  const others = { ...record, [kind]: { ...grant, ended } }
  if (kind === 'oauth1') return withoutExchange(others, now)
  // Nobody waits for what an exchange under way brings. It is made again once somebody asks for it.
  const { exchange: ___, attempt, ...rest } = others
  const held = attempt?.by
    ? { ...rest, ...stillAtX(record) }
    : { ...rest, ...(attempt ? { attempt } : {}) }
  return { ...held, status: 'login_required' } as Connected
}

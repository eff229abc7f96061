/** An account that comes from another deployment: whether it is taken, and the record then. Plain data in, plain data out. */
import { secondsOf } from '../clock'
import { GRANT_KINDS, type GrantKind, type VaultAccount } from '../store/vault'
import { stillAtX } from './exchange'
import { kept } from './fields'
import { type AccountRecord, type Connected, generationOf, isTombstone } from './record'

/**
 * What becomes of an account that is moved in. `already`: all of it is here. `superseded`: what is here came later.
 * `occupied`: what is here is of another app. `disconnected`: it was deleted here since.
 */
export type MoveVerdict = 'imported' | 'already' | 'superseded' | 'occupied' | 'disconnected'

/**
 * Which grants of an account that is moved in are taken: those that came after what is held, since X ends a user's former
 * grant of an app for each new one, and since a larger generation is a later pair of the same grant.
 */
export function judgeMove(
  record: AccountRecord | undefined,
  moved: VaultAccount,
): { how: MoveVerdict; kinds: readonly GrantKind[] } {
  const brought = GRANT_KINDS.filter((kind) => moved[kind])
  const judged = brought.map((kind) => [kind, judgeGrant(record, moved, kind)] as const)
  const kinds = judged.filter(([, how]) => how === 'imported').map(([kind]) => kind)
  if (kinds.length > 0) return { how: 'imported', kinds }
  const others = judged.map(([, how]) => how)
  const rest = (['occupied', 'disconnected', 'superseded', 'already'] as const).find((how) =>
    others.includes(how),
  )
  return { how: rest ?? 'already', kinds }
}

function judgeGrant(
  record: AccountRecord | undefined,
  moved: VaultAccount,
  kind: GrantKind,
): MoveVerdict {
  const grant = moved[kind]!
  if (!record) return 'imported'
  const endedAtMs = isTombstone(record) ? record.disconnectedAtMs : (record.endedAtMs?.[kind] ?? 0)
  if (grant.obtainedAtMs <= endedAtMs) return 'disconnected'
  const held = isTombstone(record) ? undefined : record[kind]
  if (!held) return 'imported'
  if (appOf(held) !== appOf(grant)) return 'occupied'
  if (grant.obtainedAtMs !== held.obtainedAtMs)
    return grant.obtainedAtMs > held.obtainedAtMs ? 'imported' : 'superseded'
  return generationIn(grant) > generationIn(held) ? 'imported' : 'already'
}

type Grant = NonNullable<VaultAccount[GrantKind]>
const appOf = (grant: Grant): string => ('clientId' in grant ? grant.clientId : grant.apiKey)
const generationIn = (grant: Grant): number => ('generation' in grant ? grant.generation : 0)

/**
 * The record with these grants of an account that was moved in. Its pair is in doubt: where it comes from, a refresh may have
 * been under way, and X may hold a newer pair.
 */
export function movedIn(
  record: AccountRecord | undefined,
  moved: VaultAccount,
  kinds: readonly GrantKind[],
  nowMs: number,
): Connected {
  const before: Partial<Connected> = record && !isTombstone(record) ? record : {}
  const { id, username, name, picture, verified, oauth1, oauth2, ...more } = moved
  const profile = {
    id,
    username,
    name,
    ...(picture === undefined ? {} : { picture }),
    ...(verified === undefined ? {} : { verified }),
  }
  const logins = before.logins ?? []
  const withUserToken: Connected = {
    ...before,
    ...(record && isTombstone(record) && record.kv ? { kv: record.kv } : {}),
    ...profile,
    status: before.status ?? 'ok',
    logins,
    ...(oauth1 && kinds.includes('oauth1') ? { oauth1 } : {}),
  }
  if (!oauth2 || !kinds.includes('oauth2')) return withUserToken
  const { email, status, formers } = more
  const usedAt = Math.max(moved.usedAt ?? 0, before.usedAt ?? 0)
  const last = record && generationOf(record)
  const generation = Math.max(oauth2.generation, last === undefined ? 0 : last + 1)
  const isInDoubt = oauth2.refreshToken !== undefined && !oauth2.ended
  return {
    ...kept(withUserToken, 'adopted'),
    ...stillAtX(record && isTombstone(record) ? {} : before),
    ...profile,
    logins,
    status,
    oauth2: { ...oauth2, generation },
    ...(email === undefined ? {} : { email }),
    ...(formers ? { formers } : {}),
    ...(usedAt > 0 ? { usedAt } : {}),
    // A refusal that is suspected was taken back once, and is not taken back again.
    ...(status === 'suspected' ? { refusalRetracted: true as const } : {}),
    ...(isInDoubt ? { inDoubt: { since: secondsOf(nowMs) } } : {}),
  }
}

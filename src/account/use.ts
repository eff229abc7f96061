/**
 * Which accounts programs use: with the policy `auto` those are kept warm, and the others are idle. Plain data in, plain data
 * out; times are Unix seconds.
 */
import { secondsOf } from '../clock'
import { COPY_AGE_SECONDS, USE_NOTED_SECONDS } from '../limits'
import type { RefreshPolicy } from '../setting-values'
import type { VaultAccount } from '../store/vault'
import { dueAt } from './grant'
import { type Connected, isEndingOAuth2 } from './record'

/** When a program last used an account. Without a mark that is when it was refreshed last, and at least when it was obtained. */
export const usedAtOf = ({ usedAt, oauth2 }: Pick<VaultAccount, 'usedAt' | 'oauth2'>): number =>
  Math.max(usedAt ?? oauth2?.refreshedAt ?? 0, secondsOf(oauth2?.obtainedAtMs ?? 0))

/** Whether a use now is worth a note: what is known of the last one is so old. */
export const isUseNews = (account: VaultAccount, now: number): boolean =>
  now >= usedAtOf(account) + USE_NOTED_SECONDS

/**
 * The record after a program used the account under the policy `auto`; the very same one if there is nothing to note. An
 * idle one is due again before its token expires, but not while copies are handed out that do not know that yet.
 *
 * @param isRefreshing - a refresh is about to leave, or has left: what it brings decides when the grant is due.
 */
export function used(record: Connected, now: number, isRefreshing: boolean): Connected {
  const { id, oauth2 } = record
  if (!oauth2 || oauth2.ended || isEndingOAuth2(record)) return record
  const marked = isUseNews(record, now) ? { ...record, usedAt: now } : record
  if (isRefreshing || oauth2.dueAt === null || oauth2.failure || oauth2.unconfirmed) return marked
  const due = Math.max(dueOf(id, oauth2, now), now + COPY_AGE_SECONDS)
  return due < oauth2.dueAt ? { ...record, usedAt: now, oauth2: { ...oauth2, dueAt: due } } : marked
}

/**
 * The record that X has given a new pair, by the policy that holds: with `auto` it is due by when the account was used, and
 * one without a mark gets one, since from now on its last refresh says nothing of its use. Other policies know no marks.
 *
 * @param before - the record before that pair.
 */
export function dueByUse(before: Connected, after: Connected, policy: RefreshPolicy): Connected {
  const { usedAt: _, ...unmarked } = after
  if (policy !== 'auto') return unmarked
  const { id, oauth2 } = unmarked
  const usedAt = usedAtOf(before)
  if (!oauth2 || oauth2.dueAt === null || oauth2.failure) return { ...unmarked, usedAt }
  return { ...unmarked, usedAt, oauth2: { ...oauth2, dueAt: dueOf(id, oauth2, usedAt) } }
}

function dueOf(id: string, oauth2: NonNullable<VaultAccount['oauth2']>, usedAt: number): number {
  const { expiresAt, refreshedAt, obtainedAtMs } = oauth2
  const from = refreshedAt ?? secondsOf(obtainedAtMs)
  return dueAt(id, { expiresAt, from, usedAt, policy: 'auto' })
}

/**
 * A refresh token that comes from elsewhere, without an access token that X would still take (pure). X has to refresh it
 * before it says whose it is, and has ended it by then. So it lives where a login's grant does that X will not name the
 * user of: in an object of its own, named by its hash, which journals the refresh, and keeps what X gives until an
 * account has it.
 */

import { LOGIN_TTL_SECONDS } from '../limits'
import { granted, sending } from './answers'
import type { UnadoptedGrant } from './grant'
import type { Creator } from './pending'
import type { LoginRecord } from './record'

/** A pair on its way into the object that keeps it, sealed for that object. `expiresAt` is Unix seconds. */
export interface ImportedPair {
  id: string
  expiresAt: number
  creator: Creator
  grant: UnadoptedGrant
}

/**
 * Whether a pair that came to nothing is taken in anew when it is brought again: X may have been wrong about it. One that an
 * account has is remembered for as long as its record lives. `now` is Unix seconds.
 */
export function mayTryAgain({ result, answers }: LoginRecord, now: number): boolean {
  const [taken] = answers
  return result.stage === 'failed' && now >= (taken?.sentAt ?? 0) + LOGIN_TTL_SECONDS
}

/** The mark of the one answer that such a record has. */
export const IMPORT_MARK = 'import'

/** The record of a pair that has just come in: X gave it long ago, and its owner is asked for. `now` is Unix seconds. */
export function importedRecord(
  { id, expiresAt, creator, grant }: ImportedPair,
  now: number,
): LoginRecord {
  const empty: LoginRecord = {
    id,
    expiresAt,
    creator,
    imported: true,
    answers: [],
    grants: [],
    result: { stage: 'open' },
  }
  const sent = sending(empty, { mark: IMPORT_MARK, proofHash: '' }, now)
  return granted(sent, IMPORT_MARK, grant, now)
}

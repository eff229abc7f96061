/** What must hold of every record of an account. Plain data in, sentences out. */
import { LOGINS_REMEMBERED, ROTATIONS_REMEMBERED } from '../limits'
import { type AccountRecord, type Connected, generationOf, isTombstone } from './record'

/**
 * What is wrong with a record, a sentence for each thing: it comes from a fault of ours, never from X or a caller. Empty
 * for a record that is as it must be. The sentences name no secret and no person.
 */
export function invariantsOf(record: AccountRecord): string[] {
  const rules = isTombstone(record) ? ofDeleted(record) : ofConnected(record)
  return Object.entries(rules).flatMap(([sentence, isBroken]) => (isBroken ? [sentence] : []))
}

function ofDeleted(record: AccountRecord): Record<string, boolean> {
  const left = ['oauth2', 'oauth1', 'formers', 'username', 'name', 'logins']
  return {
    'A deleted account still has a grant, or a name.': left.some((field) => field in record),
    'A deleted account has lost its last generation.': !isCount(generationIn(record)),
  }
}

const generationIn = (record: object): unknown => (record as { generation?: unknown }).generation

function ofConnected(record: Connected): Record<string, boolean> {
  const { oauth1, oauth2, formers, attempt, inDoubt, exchange, status, logins, kv } = record
  const hasRefreshToken = oauth2?.refreshToken !== undefined
  const { ended, failure } = oauth2 ?? {}
  return {
    'A connected account holds no grant.': !oauth1 && !oauth2,
    'A refresh is under way, and there is no refresh token.':
      attempt !== undefined && !attempt.by && !hasRefreshToken,
    'A refresh is under way for another generation than the one that is held.':
      attempt !== undefined && attempt.generation !== generationOf(record),
    'An exchange is to be made, and there is no OAuth 1.0a token for it.':
      exchange !== undefined && (!oauth1 || oauth1.ended !== undefined),
    'An exchange is under way that is not to be made.':
      attempt?.by !== undefined && exchange === undefined,
    'An exchange is to heal a grant that is not there, or has ended for good.':
      exchange?.heals !== undefined && (!oauth2 || ended !== undefined),
    'An answer from before the refresh that is under way is still waited for.':
      attempt !== undefined && inDoubt?.attempt !== undefined,
    'A doubt is about a grant that is not there.': inDoubt !== undefined && !oauth2 && !exchange,
    'A login is required, and the grant has not ended, or the other way round.':
      (status === 'login_required') !== (ended !== undefined),
    'X’s refusal is suspected, and it was never taken back.':
      status === 'suspected' && !record.refusalRetracted,
    'X’s refusal was taken back, and there is no grant that it was about.':
      record.refusalRetracted === true && !oauth2,
    'X refused the grant, and its words are missing.':
      ended !== undefined && !WITHOUT_WORDS.has(ended.reason) && !failure,
    'Grants from before an import are kept, and the grant that is held was not imported.':
      formers !== undefined && !oauth2?.imported,
    'A grant that cannot be refreshed is due, or one that can never is.':
      oauth2 !== undefined && (oauth2.dueAt === null) !== (!hasRefreshToken && !formers),
    'A generation is no number that can grow.': oauth2 !== undefined && !isCount(oauth2.generation),
    'An ended generation is remembered beside a grant that should have a later one.':
      oauth2 !== undefined && oauth2.generation <= (record.endedGeneration ?? -1),
    'KV was told of a failure that is not there.': record.synced === true && !failure,
    'More logins or refreshes are remembered than should be.':
      logins.length > LOGINS_REMEMBERED || (oauth2?.rotatedAt ?? []).length > ROTATIONS_REMEMBERED,
    'A write to KV may land late, and nothing will be written over it.':
      kv?.lateUntilMs !== undefined && kv.refusals === 0 && kv.retryAtMs > kv.lateUntilMs,
  }
}

/** Ends that X said nothing of. */
const WITHOUT_WORDS: ReadonlySet<string> = new Set(['belongs_to_another', 'no_refresh_token'])

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

/** Brings what a line of an import holds to its account: each grant apart, all of it or nothing. */

import { livesOn } from '../access/held-pair'
import { ownerOfImport } from '../access/import'
import { importExchange } from '../access/import-exchange'
import { importUnasked } from '../access/import-unasked'
import { accountAt } from '../account/stub'
import { type Caller, demandAccount } from '../caller/caller'
import { unixSeconds } from '../clock'
import { Failure, failedWith } from '../failure'
import { importIdOf, isImported } from '../login/import'
import type { ImportLine, LineProblem } from './import-line'
import { isRefreshable, refreshedFirst, takeInNew } from './take-in'

/** What a grant of a line came to. `already`: the account has had it from here before, and nothing was done. */
export type LineOutcome = 'imported' | 'already' | 'failed'

/** What a line came to. */
export interface BroughtLine {
  /** The account; undefined where nobody knows whose it is. */
  id?: string | undefined
  oauth1?: LineOutcome
  oauth2?: LineOutcome
  /** The pair that X was asked for; `already`: the account has one that works. */
  exchange?: LineOutcome
  /** Of a record from another deployment. */
  moved?: Exclude<LineOutcome, 'failed'>
  /** What failed; absent where all went well. */
  problems?: LineProblem[]
}

/** Brings a line to its account. @throws Failure `account_unknown` where the caller may not have that account. */
export async function bringLine(env: Env, caller: Caller, line: ImportLine): Promise<BroughtLine> {
  const { oauth1, oauth2, exchange } = line
  const brought: BroughtLine = { id: line.id }
  const problems: LineProblem[] = []
  if (line.id !== undefined) demandAccount(caller, line.id)
  const each = async (field: Part, bring: () => Promise<Outcome>): Promise<void> => {
    try {
      const { how, id } = await bring()
      brought[field] = how
      brought.id ??= id
    } catch (error) {
      brought[field] = 'failed'
      problems.push({ field, failure: told(error) })
    }
  }
  // The pair first: X says whose it is, and the other token is one that rests until somebody signs with it.
  if (oauth2) await each('oauth2', () => bringPair(env, caller, { ...line, oauth2 }))
  if (oauth1) await each('oauth1', () => bringUserToken(env, caller, { ...line, oauth1 }))
  if (exchange && brought.oauth1 !== 'failed')
    await each('exchange', async () => {
      const id = line.id!
      return { how: await importExchange(env, id, unixSeconds()), id }
    })
  return problems.length > 0 ? { ...brought, problems } : brought
}

/** What a line may hold that comes to something by itself. */
type Part = 'oauth1' | 'oauth2' | 'exchange'

interface Outcome {
  how: 'imported' | 'already'
  id: string
}

async function bringPair(
  env: Env,
  caller: Caller,
  { id, oauth2 }: ImportLine & { oauth2: NonNullable<ImportLine['oauth2']> },
): Promise<Outcome> {
  const importId = await importIdOf(oauth2.refreshToken ?? oauth2.accessToken)
  if (id === undefined && isRefreshable(oauth2)) {
    const wasImported = await isImported(env, importId)
    const account = await refreshedFirst(env, caller, oauth2)
    return { how: wasImported ? 'already' : 'imported', id: account.id }
  }
  const owner = id ?? (await ownerOfImport(env, oauth2, unixSeconds()))
  demandAccount(caller, owner)
  const { isAdopted, account } = await accountAt(env, owner).recall(importId)
  const held = account?.oauth2
  // What was brought before has been refreshed since: X takes neither of its tokens any more.
  if (isAdopted && held && !held.ended) return { how: 'already', id: owner }
  if (account && !held?.unconfirmed && (await livesOn(env, account, oauth2)))
    return { how: 'already', id: owner }
  const loginId = isAdopted ? undefined : importId
  const view = await takeInNew(env, caller, oauth2, owner, unixSeconds(), loginId)
  return { how: 'imported', id: view.id }
}

async function bringUserToken(
  env: Env,
  caller: Caller,
  { id, username, oauth1 }: ImportLine & { oauth1: NonNullable<ImportLine['oauth1']> },
): Promise<Outcome> {
  const how = await importUnasked(env, id!, username, oauth1, Date.now())
  if (how !== 'occupied') return { how, id: id! }
  // Another one is held: what nobody vouches for takes no place, so X is asked whose this one is.
  await takeInNew(env, caller, oauth1, id!, unixSeconds())
  return { how: 'imported', id: id! }
}

/** A failure that a line is told. Whatever nobody thought of goes on, to be logged. */
function told(error: unknown) {
  if (!(error instanceof Failure) && failedWith(error).failure.code === 'internal') throw error
  return failedWith(error).failure
}

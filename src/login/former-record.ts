/** A login's record as the former build has it, which its Workers read for the few minutes of a deploy. */
import type { AccountView } from '../account/view'
import type { FailureData } from '../failure'
import type { Creator } from './pending'
import type { LoginRecord, Told } from './record'

/** The fields that a Worker of the former build looks for. */
export interface FormerRecord {
  id: string
  expiresAt: number
  creator?: Creator
  maker?: Creator
  proofHash: string
  returnTo?: string
  spent?: { by: string; at: number }
  stage: 'open' | 'exchanging' | 'granted' | 'complete' | 'failed'
  account?: AccountView
  failure?: FailureData
}

/** A record in the form of the former build. */
export function formerRecord({
  id,
  expiresAt,
  creator,
  returnTo,
  result,
  answers,
}: LoginRecord): FormerRecord {
  const common = {
    id,
    expiresAt,
    ...(creator ? { creator, maker: creator } : {}),
    ...(returnTo === undefined ? {} : { returnTo }),
    proofHash: result.stage === 'open' ? (answers.at(-1)?.proofHash ?? '') : result.proofHash,
  }
  const isUnderWay = answers.some(({ outcome }) => outcome.stage === 'sent')
  switch (result.stage) {
    case 'open':
      return { ...common, stage: isUnderWay ? 'exchanging' : 'open' }
    case 'waiting':
      return { ...common, stage: 'granted' }
    case 'complete': {
      // That build would show the address as it rests.
      const { email: _, ...account } = result.account
      return { ...common, stage: 'complete', account, ...spentOf(result.told) }
    }
    case 'failed':
      return { ...common, stage: 'failed', failure: result.failure }
  }
}

const spentOf = (told: Told | undefined) => (told ? { spent: { by: told.to, at: told.at } } : {})

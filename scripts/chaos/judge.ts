/** Judges one account by what X saw, what programs saw, and where it came to rest. Nothing is asked here. */
import { cutByKill, delayOf, lostBy } from './lost.ts'
import type { Rested } from './settle.ts'
import type { Kill } from './storm.ts'
import type { Call } from './x.ts'

/** A token whose call's outcome got lost is not presented again before so many seconds (Perch says 30, or 120) … */
const DOUBT_SECONDS = 29
/** … unless its reply had begun with a 2xx: then X has acted. */
const BEGUN_DOUBT_SECONDS = 0.9

export interface Evidence {
  id: string
  rested: Rested
  /** Refreshes that presented a token of this account, in order. */
  calls: Call[]
  kills: Kill[]
  /** Generations that programs were told. */
  leased: number[]
}

/** @returns in words what does not hold */
export function judged(evidence: Evidence): string[] {
  const { rested, leased } = evidence
  const { account, lease } = rested
  const wrong = inOrder(evidence)
  if (account.generation < Math.max(0, ...leased))
    wrong.push(
      `Generation ${Math.max(...leased)} was leased, and now it is at ${account.generation}.`,
    )
  return [...wrong, ...(lease ? kept(evidence) : ended(evidence))]
}

/** Every pair that X gave is known to Perch. */
function kept(evidence: Evidence): string[] {
  const missing = notArrived(evidence)
  return missing === 0
    ? []
    : [`It is connected, though ${missing} rotations are not known to Perch.`]
}

/** The last pair, and no other, was lost on its way, and X has said so since. */
function ended(evidence: Evidence): string[] {
  const { rested, calls, kills } = evidence
  const wrong: string[] = []
  const reason = rested.account.oauth2?.ended?.reason
  if (reason !== 'refresh_reply_lost') wrong.push(`login_required for the reason ${reason}.`)
  const missing = notArrived(evidence)
  if (missing !== 1) wrong.push(`login_required, and ${missing} rotations are not known to Perch.`)
  const last = calls.findLast((call) => call.outcome === 'rotated')
  if (!last || !lostBy(last, kills))
    wrong.push('login_required, though its last pair was delivered.')
  if (calls.findLast((call) => !notLookedAt(call))?.why !== 'spent')
    wrong.push('login_required, though X did not refuse its token.')
  return wrong
}

function notArrived({ rested, calls }: Evidence): number {
  const rotated = calls.filter((call) => call.outcome === 'rotated').length
  return rotated - (rested.account.oauth2?.rotations_24h ?? 0)
}

/**
 * No call began before the one before it was over, a token whose call broke was presented again only when no earlier
 * call could still run, and a spent one only after a lost reply.
 */
function inOrder({ calls, kills }: Evidence): string[] {
  return calls.flatMap((call, index) => {
    const before = calls[index - 1]
    const isSpent = call.why === 'spent'
    if (call.outcome !== 'rotated' && !isSpent && !notLookedAt(call))
      return [`X refused call ${call.seq}: ${call.outcome}, ${call.why}.`]
    if (!before) return isSpent ? [`Call ${call.seq} was the first, and spent.`] : []
    const apart = call.at - before.at
    if (apart * 1000 < delayOf(before))
      return [`Call ${call.seq} began while call ${before.seq} was under way.`]
    const lost = lostBy(before, kills)
    if (isSpent && before.outcome === 'rotated' && !lost)
      return [`Call ${call.seq} presented a spent token, though call ${before.seq} was answered.`]
    const isDoubted = (isSpent && before.outcome === 'rotated') || isUnanswered(before)
    const hadBegun = before.fault?.startsWith('drop_') && !cutByKill(before, kills)
    return isDoubted && apart < (hadBegun ? BEGUN_DOUBT_SECONDS : DOUBT_SECONDS)
      ? [`Call ${call.seq} came ${apart.toFixed(1)} s after call ${before.seq}, which broke.`]
      : []
  })
}

/** A fault answered in X's place, or nobody did. */
const notLookedAt = ({ outcome }: Call): boolean =>
  outcome === 'dropped' || outcome === 'not processed'

/** A 429 is an answer; whatever else came in X's place leaves a doubt. */
const isUnanswered = (call: Call): boolean => notLookedAt(call) && call.fault !== 'status:429'

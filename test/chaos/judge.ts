/** Judges a run by what X saw, what programs saw, and where each account came to rest. Nothing is asked here. */
import { miscounted, refusedTooOften } from './counts.ts'
import { callsOf, type Outcome, type Rested } from './outcome.ts'
import { BROWN_OUT, LIE, SHORT_TTL_SECONDS } from './plan.ts'
import type { Kill } from './storm.ts'
import { untold } from './told.ts'
import { type Call, delayOf } from './x.ts'

/** A token whose call's outcome got lost is not presented again before so many seconds (Perch says 30, or 120) … */
const DOUBT_SECONDS = 29
/** … unless its reply had begun with a 2xx: then X has acted. */
const BEGUN_DOUBT_SECONDS = 0.9

export interface Evidence {
  id: string
  rested: Rested
  /** Refreshes that presented a token of this account, in order. */
  calls: Call[]
  /** Exchanges that presented its OAuth 1.0a token. */
  exchanges: Call[]
  kills: Kill[]
  /** Generations that programs were told. */
  leased: number[]
}

/** @returns in words what does not hold */
export function judged(evidence: Evidence): string[] {
  const wrong = [...inOrder(evidence), ...grown(evidence)]
  return [...wrong, ...(evidence.rested.lease ? kept(evidence) : ended(evidence))]
}

/** What programs were told is not gone. */
function grown({ rested: { account }, leased }: Evidence): string[] {
  const highest = Math.max(0, ...leased)
  return account.generation < highest
    ? [`Generation ${highest} was leased, and now it is at ${account.generation}.`]
    : []
}

/** An exchange ends the pair that a refresh under way would bring, and the other way round: one after the other. */
function apart({ calls, exchanges }: Evidence): string[] {
  const all = [...calls, ...exchanges].toSorted((a, b) => a.at - b.at)
  return all.flatMap((call, index) => {
    const before = all[index - 1]
    return before && (call.at - before.at) * 1000 < delayOf(before)
      ? [`Call ${call.seq} began while call ${before.seq} was under way.`]
      : []
  })
}

/** An account that holds an OAuth 1.0a token works, whatever was lost: what X has ended is exchanged for another pair. */
export function judgedBoth(evidence: Evidence): string[] {
  const { account, lease } = evidence.rested
  const wrong = [...inOrder(evidence), ...grown(evidence), ...apart(evidence)]
  if (!lease)
    wrong.push(`login_required for the reason ${account.oauth2?.ended?.reason}, though it heals.`)
  if (!account.grants?.includes('oauth1')) wrong.push('Its OAuth 1.0a grant is gone.')
  return wrong
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
    const hadBegun = before.fault?.startsWith('drop_') && !diedBefore(begins(before), kills)
    return isDoubted && apart < (hadBegun ? BEGUN_DOUBT_SECONDS : DOUBT_SECONDS)
      ? [`Call ${call.seq} came ${apart.toFixed(1)} s after call ${before.seq}, which broke.`]
      : []
  })
}

/** When the half of a reply that is dropped has reached Perch at the latest: it is held open for so long. */
const HALF_MS = 100
const begins = ({ at }: Call): number => at * 1000 + HALF_MS

/** Whether Perch was killed in the moment before this. A reply that had begun by then may be known, or not. */
const diedBefore = (ms: number, kills: Kill[]): boolean =>
  kills.some(({ fromMs, toMs }) => fromMs <= ms && toMs >= ms - HALF_MS)

/** A fault answered in X's place, or nobody did. */
const notLookedAt = ({ outcome }: Call): boolean =>
  outcome === 'dropped' || outcome === 'not processed'

/** A 429 is an answer, and so is a wrong word; whatever else came in X's place leaves a doubt. */
const isUnanswered = (call: Call): boolean =>
  notLookedAt(call) && call.fault !== 'status:429' && call.fault !== LIE

/**
 * A call counts as cut off by a kill when it was under way then, give or take this: sockets and queues have some in them, and
 * a busy machine takes its time from X's answer to the row that has it.
 */
const SLACK_MS = 750

/** Faults with which X acts, and nothing of its pair arrives. */
const LOSING = ['drop_after_commit', 'reset_after', 'gateway:502', BROWN_OUT] as const

/** A way to lose a pair. A moved object is none. */
export type Loss = (typeof LOSING)[number] | 'kill'

/** How the pair of a call that rotated may have got lost; undefined: it was delivered. */
export function lostBy(call: Call, kills: Kill[]): Loss | undefined {
  if (call.outcome !== 'rotated') return undefined
  const fault = LOSING.find((losing) => losing === call.fault)
  if (fault) return fault
  return cutByKill(call, kills) ? 'kill' : undefined
}

/** Whether Perch was killed while this call was under way. */
export function cutByKill(call: Call, kills: Kill[]): boolean {
  const fromMs = call.at * 1000 - SLACK_MS
  const toMs = call.at * 1000 + delayOf(call) + SLACK_MS
  return kills.some((kill) => kill.toMs >= fromMs && kill.fromMs <= toMs)
}

/** @returns in words what is wrong, by account id; `programs`, `app` and `counts` for what is wrong with no single one */
export function verdict(outcome: Outcome): Map<string, string[]> {
  const { rested, stuck, dead, seen, kills } = outcome
  const wrong = new Map<string, string[]>()
  const blame = (id: string, findings: string[]): void => {
    if (findings.length > 0) wrong.set(id, [...(wrong.get(id) ?? []), ...findings])
  }
  for (const [id, why] of stuck) blame(id, [`It never came to rest: ${why}`])
  for (const id of dead) blame(id, ['X does not take its token.'])
  for (const [id, at] of rested) {
    const leased = [...(seen.leased.get(id)?.keys() ?? [])]
    const exchanges = outcome.exchanges.filter(({ user_id }) => user_id === id)
    const evidence = { id, rested: at, calls: callsOf(outcome, id), exchanges, kills, leased }
    blame(id, outcome.both.has(id) ? judgedBoth(evidence) : judged(evidence))
    blame(id, onDisk(outcome, id, at))
    blame(id, refusedTooOften(outcome, id))
  }
  blame('programs', seen.wrong)
  blame('app', heldBack(outcome))
  blame('counts', miscounted(outcome))
  blame('events', untold(outcome))
  return wrong
}

/** Until the breaker opens, five calls leave; and those that are under way by then: 24 of the queue's, five programs'. */
const LIVING_LOST_MAX = 34

/**
 * The brown-out opened the breaker, and it is closed again. Refusals of many accounts halt; that is over as well. A 429
 * pauses, and after all of these sweeps are paced: nothing is wrong with that.
 */
export function heldBack(outcome: Outcome): string[] {
  const { app, stops, brownOuts } = outcome
  const wrong: string[] = []
  const isOver = !app.halt && !app.breaker && ['ok', 'paused', 'resuming'].includes(app.state)
  if (!isOver) wrong.push(`Refreshes are held back: ${JSON.stringify(app)}`)
  if (app.last_halt && app.last_halt.reason !== 'mass_refusal')
    wrong.push(`Refreshes were halted: ${JSON.stringify(app.last_halt)}`)
  for (const { fromMs } of brownOuts)
    if (!stops.some(({ why, toMs }) => why === 'breaker' && (toMs ?? Infinity) > fromMs))
      wrong.push('The breaker did not open in a brown-out.')
  const living = lostInBrownOut(outcome).filter(({ lived }) => lived).length
  if (living > LIVING_LOST_MAX)
    wrong.push(
      `In a brown-out ${living} accounts lost a pair though their token lived, at most ${LIVING_LOST_MAX}.`,
    )
  return wrong
}

/**
 * The calls whose pair was lost in a brown-out, and whether the account had an access token that lived: such a one is
 * held back once the breaker is open. One without is tried all the same, and nothing bounds these but the brown-out.
 */
export function lostInBrownOut({ calls, kills }: Pick<Outcome, 'calls' | 'kills'>) {
  return calls
    .filter(({ fault, outcome }) => fault === BROWN_OUT && outcome === 'rotated')
    .map((call) => {
      const before = calls.findLast(
        ({ seq, user_id, outcome }) =>
          seq < call.seq && user_id === call.user_id && outcome === 'rotated',
      )
      const known = before && !lostBy(before, kills) ? before.at : Number.NEGATIVE_INFINITY
      return { call, lived: call.at < known + SHORT_TTL_SECONDS }
    })
}

/** The journal is clean, and what the API shows is what is there. */
function onDisk({ journals }: Outcome, id: string, { account }: Rested): string[] {
  const journal = journals.get(id)
  if (!journal) return ['It has no record.']
  const wrong = journal.traces.map((trace) => `Its record still has: ${trace}.`)
  if (journal.generation !== account.generation)
    wrong.push(`Its record is at generation ${journal.generation}, not ${account.generation}.`)
  return wrong
}

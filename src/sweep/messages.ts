/** What the queue carries: hints, always acknowledged and never retried; what a lost one meant, the next sweep finds. */
import * as v from 'valibot'
import { Count, Ids, SweepStats } from '../app/sweep-stats'
import { QUEUE_MESSAGE } from '../store/migrations'
import { upToDate } from '../store/version'

/** A sweep that goes on where an invocation's limits ended it. */
export const SweepSoFar = v.object({
  cursor: v.optional(v.string()),
  /** How many accounts it may still queue; absent: any number. */
  mayQueue: v.optional(Count),
  /** It queues no account that X has refused. */
  isSparing: v.optional(v.boolean()),
  /** How many records it may still have sealed anew. */
  mayReseal: Count,
  /** What it has seen so far. */
  stats: SweepStats,
})
/** A sweep that goes on, checked. */
export type SweepSoFar = v.InferOutput<typeof SweepSoFar>

const Message = v.union([
  /** Accounts that a sweep saw due when it looked. */
  v.object({ sweptAtMs: v.number(), due: Ids }),
  /** Accounts whose refusal is suspected. */
  v.object({ suspected: Ids }),
  /** Accounts that X refused and that are tried now, to learn whether it still does. */
  v.object({ sweptAtMs: v.number(), canaries: Ids }),
  /** Accounts that are sealed with an old key, or whose copy a former build wrote. */
  v.object({ reseal: Ids }),
  v.object({ sweep: SweepSoFar }),
])
/** A message of the queue, in this build’s form. */
export type Message = v.InferOutput<typeof Message>

/**
 * A message as it arrived, in this build’s form. Undefined for what is no message, and for what a later build put in:
 * the next sweep finds again what it meant.
 */
export function messageOf(body: unknown): Message | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  try {
    const parsed = v.safeParse(Message, upToDate(body, QUEUE_MESSAGE))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** What the queue carries: hints, always acknowledged and never retried; what a lost one meant, the next sweep finds. */
import * as v from 'valibot'
import { Count, Ids, SweepStats } from '../app/sweep-stats'

/** A sweep that goes on where an invocation's limits ended it. */
export const SweepSoFar = v.object({
  cursor: v.optional(v.string()),
  /** How many accounts it may still queue; absent: any number. */
  mayQueue: v.optional(Count),
  /** How many records it may still have sealed anew. */
  mayReseal: Count,
  census: SweepStats,
})
export type SweepSoFar = v.InferOutput<typeof SweepSoFar>

export const Message = v.union([
  /** Accounts that a sweep saw due when it looked. */
  v.object({ sweptAtMs: v.number(), due: Ids }),
  /** Accounts whose refusal is doubted. */
  v.object({ suspected: Ids }),
  /** Accounts that are sealed with an old key. */
  v.object({ reseal: Ids }),
  v.object({ sweep: SweepSoFar }),
])
export type Message = v.InferOutput<typeof Message>

/** What the queue carries: hints, always acknowledged and never retried; what a lost one meant, the next sweep finds. */
import * as v from 'valibot'
import { USER_ID } from '../x/user'

const Ids = v.array(v.pipe(v.string(), v.regex(USER_ID)))
const Count = v.pipe(v.number(), v.integer(), v.minValue(0))

const CensusSoFar = v.object({
  sweptAtMs: v.number(),
  accounts: Count,
  ok: Count,
  suspected: Count,
  login_required: Count,
  due: Count,
  queued: Count,
  oldest_lateness_seconds: Count,
  keys: v.record(v.string(), Count),
  missing_key_accounts: Count,
  missing_key: Ids,
})

/** A sweep that goes on where an invocation's limits ended it. */
export const SweepSoFar = v.object({
  cursor: v.optional(v.string()),
  /** How many accounts it may still queue; absent: any number. */
  mayQueue: v.optional(Count),
  /** How many records it may still have sealed anew. */
  mayReseal: Count,
  census: CensusSoFar,
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

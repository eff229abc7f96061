/** Which replies of X never reached Perch, as far as the emulator's list and the kills tell. */
import type { Kill } from './storm.ts'
import type { Call } from './x.ts'

/** A call counts as cut off by a kill when it was under way then, give or take this: sockets and queues have some in them. */
const SLACK_MS = 250

/** How the pair of a call that rotated may have got lost; undefined: it was delivered. */
export function lostBy(call: Call, kills: Kill[]): 'drop_after_commit' | 'kill' | undefined {
  if (call.outcome !== 'rotated') return undefined
  if (call.fault === 'drop_after_commit') return 'drop_after_commit'
  return cutByKill(call, kills) ? 'kill' : undefined
}

/** Whether Perch was killed while this call was under way. */
export function cutByKill(call: Call, kills: Kill[]): boolean {
  const fromMs = call.at * 1000 - SLACK_MS
  const toMs = call.at * 1000 + delayOf(call) + SLACK_MS
  return kills.some((kill) => kill.toMs >= fromMs && kill.fromMs <= toMs)
}

/** Milliseconds that the reply was held back for on purpose. */
export const delayOf = ({ fault }: Call): number =>
  Number(/^delay_reply:(\d+)$/.exec(fault ?? '')?.[1] ?? 0)

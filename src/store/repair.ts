/** The waits before KV is offered again what it refused. */
import { BACK_OFF_JITTER, BACK_OFF_MAX_SECONDS, REPAIR_SECONDS } from '../limits'

/** Seconds until a copy that KV refused this often is offered again: 5, 10, … up to an hour, spread. */
export function repairIn(refusals: number, random: number): number {
  const plain = Math.min(REPAIR_SECONDS * 2 ** Math.max(refusals - 1, 0), BACK_OFF_MAX_SECONDS)
  return Math.min(Math.ceil(plain * (1 + BACK_OFF_JITTER * random)), BACK_OFF_MAX_SECONDS)
}

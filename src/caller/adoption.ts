/** The callers that the build before the object `Registry` wrote into KV, where anybody who can write KV can write. */
import * as v from 'valibot'
import { log } from '../log'
import type { CallerRecord } from '../store/callers'
import { CALLER } from '../store/migrations'
import { upToDate } from '../store/version'
import { CALLER_ID } from './key'

const FormerCaller = v.object({
  id: v.pipe(v.string(), v.regex(CALLER_ID)),
  name: v.string(),
  secretHash: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  scopes: v.array(v.string()),
  accounts: v.optional(v.array(v.string())),
  returnTo: v.optional(v.array(v.string())),
  createdAt: v.number(),
  expiresAt: v.optional(v.number()),
})

/**
 * The callers among what KV has unsealed, to be adopted once. What is none, or stands under another's id, is left out,
 * with a log line.
 *
 * @param found - as it was read, by the id in its key.
 */
export function formerCallers(found: ReadonlyMap<string, unknown>): CallerRecord[] {
  const callers: CallerRecord[] = []
  for (const [id, value] of found) {
    const parsed = v.safeParse(FormerCaller, upToDate(Object(value), CALLER))
    // The schema's optional fields may be undefined by their type; read from JSON they never are.
    if (parsed.success && parsed.output.id === id) callers.push(parsed.output as CallerRecord)
    else log('caller_record_unreadable', { other_caller: id })
  }
  return callers
}

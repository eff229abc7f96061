/** What this isolate read lately, still sealed or hashed, so that a busy caller costs no KV read a call. */
import { ISOLATE_CACHE_ENTRIES, ISOLATE_CACHE_SECONDS } from '../limits'

const entries = new Map<string, { value: unknown; until: number }>()

/** The value remembered under `key`, or what `load` reads; a miss is never remembered. `now` is Unix seconds. */
export async function remembered<T>(
  key: string,
  now: number,
  load: () => Promise<T | null>,
): Promise<T | null> {
  const entry = entries.get(key)
  if (entry && entry.until > now) return entry.value as T
  const value = await load()
  if (value === null) entries.delete(key)
  else remember(key, value, now)
  return value
}

/** Drops what may have changed. */
export function forget(key: string): void {
  entries.delete(key)
}

/** Remembers a value, in place of any other. `now` is Unix seconds. */
export function remember(key: string, value: unknown, now: number): void {
  entries.delete(key)
  entries.set(key, { value, until: now + ISOLATE_CACHE_SECONDS })
  // A Map keeps the order of insertion, so the first key is the oldest.
  if (entries.size > ISOLATE_CACHE_ENTRIES) entries.delete(entries.keys().next().value!)
}

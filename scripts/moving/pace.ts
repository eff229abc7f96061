/** How many lines a call has, and when the next one may leave. Pure. */

/** X lets an app exchange and refresh this often in {@link WINDOW_MS}. */
export const CALLS_MAX = 10_000
/** X's window: 15 minutes. */
export const WINDOW_MS = 900_000
/** The first call has this many lines: a mistake in all of them shows at once. */
export const LINES_FIRST = 25
/** Perch takes this many lines a call. */
export const LINES_MAX = 200
/** Perch takes so many bytes a call; some are left for what stands around them. */
export const BYTES_MAX = 250 * 1024

/** The calls that were made of X, each batch with the time at which it left, Unix milliseconds. */
export type Sent = readonly { at: number; calls: number }[]

/** Twice as many lines after a call that went well, half as many after one that broke. */
export const nextSize = (size: number, wentWell: boolean): number =>
  wentWell ? Math.min(size * 2, LINES_MAX) : Math.max(Math.floor(size / 2), 1)

/** Milliseconds until so many calls to X may be made at `now`, and all that was sent within the window. */
export function waitFor(sent: Sent, calls: number, now: number): { ms: number; sent: Sent } {
  const lately = sent.filter(({ at }) => at > now - WINDOW_MS)
  let left = lately.reduce((sum, each) => sum + each.calls, 0)
  for (const { at, calls: made } of [{ at: now - WINDOW_MS, calls: 0 }, ...lately]) {
    left -= made
    if (left + calls <= CALLS_MAX) return { ms: Math.max(at + WINDOW_MS - now, 0), sent: lately }
  }
  return { ms: WINDOW_MS, sent: lately }
}

/** As many of these as fit into one call, one at least. */
export function batchOf<T extends { text: string }>(items: readonly T[], size: number): T[] {
  const batch: T[] = []
  let bytes = 0
  for (const item of items.slice(0, size)) {
    bytes += Buffer.byteLength(item.text) + 1
    if (batch.length > 0 && bytes > BYTES_MAX) break
    batch.push(item)
  }
  return batch
}

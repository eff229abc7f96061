import { RATE_WINDOW_SECONDS } from '../limits.ts'
import type { World } from './world.ts'

type Window = { used: number; reset_at: number }

/** Counts one call under `key` and says how many there were in the running window. */
export function countCall(world: World, key: string): Window {
  const now = world.now()
  const row = world.sql
    .exec<Window>('SELECT used, reset_at FROM rates WHERE key = ? AND reset_at > ?', key, now)
    .toArray()[0]
  const used = (row?.used ?? 0) + 1
  const resetAt = row?.reset_at ?? now + RATE_WINDOW_SECONDS
  world.sql.exec(
    'INSERT OR REPLACE INTO rates (key, used, reset_at) VALUES (?, ?, ?)',
    key,
    used,
    resetAt,
  )
  return { used, reset_at: resetAt }
}

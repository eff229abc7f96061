import type { World } from './world.ts'

/** A fault that waits for its calls, with the names that the control API uses. */
export type WaitingFault = {
  path: string
  grant_type: string | null
  fault: string
  times: number
}

/** Adds a fault behind those that wait already. */
export function addFault(world: World, fault: WaitingFault): void {
  world.sql.exec(
    'INSERT INTO faults (path, grant_type, fault, times) VALUES (?, ?, ?, ?)',
    fault.path,
    fault.grant_type,
    fault.fault,
    fault.times,
  )
}

/** Takes the oldest fault that matches and counts it down. A `*` at the end of its path matches any rest. */
export function takeFault(world: World, path: string, grantType: string | null): string | null {
  const match = world.sql
    .exec<{ id: number; fault: string }>(
      `SELECT id, fault FROM faults
        WHERE (path = ?1 OR (path LIKE '%*' AND substr(?1, 1, length(path) - 1) = rtrim(path, '*')))
          AND (grant_type IS NULL OR grant_type = ?2)
        ORDER BY id LIMIT 1`,
      path,
      grantType,
    )
    .toArray()[0]
  if (!match) return null
  world.sql.exec('UPDATE faults SET times = times - 1 WHERE id = ?', match.id)
  world.sql.exec('DELETE FROM faults WHERE id = ? AND times <= 0', match.id)
  return match.fault
}

/** The faults that wait. */
export function listFaults(world: World): WaitingFault[] {
  return world.sql
    .exec<WaitingFault>('SELECT path, grant_type, fault, times FROM faults ORDER BY id')
    .toArray()
}

/** Forgets every fault. */
export function clearFaults(world: World): void {
  world.sql.exec('DELETE FROM faults')
}

import type { World } from './world.ts'

/** A fault that waits for its calls, with the names that the control API uses. */
export type WaitingFault = {
  path: string
  grant_type: string | null
  /** Whose calls alone it is for. */
  user_id: string | null
  fault: string
  times: number | 'always'
}

/** What is known of a call when its fault is looked for. */
export interface Called {
  path: string
  grantType: string | null
  userId: string | null
}

type Row = Omit<WaitingFault, 'times'> & { id: number; times: number }

/** How `always` rests: never counted down to nothing. */
const ALWAYS = -1

/** Adds a fault behind those that wait already. */
export function addFault(world: World, fault: WaitingFault): void {
  world.sql.exec(
    'INSERT INTO faults (path, grant_type, user_id, fault, times) VALUES (?, ?, ?, ?, ?)',
    fault.path,
    fault.grant_type,
    fault.user_id,
    fault.fault,
    fault.times === 'always' ? ALWAYS : fault.times,
  )
}

/** Takes the oldest fault that matches and counts it down. */
export function takeFault(world: World, called: Called): string | null {
  const match = rows(world).find((row) => isFor(row, called))
  if (!match) return null
  world.sql.exec('UPDATE faults SET times = times - 1 WHERE id = ? AND times > 0', match.id)
  world.sql.exec('DELETE FROM faults WHERE id = ? AND times = 0', match.id)
  return match.fault
}

/** The faults that wait. */
export function listFaults(world: World): WaitingFault[] {
  return rows(world).map(({ id: _, times, ...fault }) => ({
    ...fault,
    times: times === ALWAYS ? 'always' : times,
  }))
}

/** Forgets every fault. */
export function clearFaults(world: World): void {
  world.sql.exec('DELETE FROM faults')
}

function rows(world: World): Row[] {
  return world.sql.exec<Row>('SELECT * FROM faults ORDER BY id').toArray()
}

/** A `*` in a fault's path stands for any text, slashes too. */
function isFor(row: Row, { path, grantType, userId }: Called): boolean {
  const pattern = row.path.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return (
    new RegExp(`^${pattern.join('.*')}$`).test(path) &&
    (row.grant_type === null || row.grant_type === grantType) &&
    (row.user_id === null || row.user_id === userId)
  )
}

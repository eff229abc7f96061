/** The records of all `Account` objects, as they lie on the disk once Perch is dead. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What must not be left in a record. */
const TRACES = ['attempt', 'inDoubt', 'disconnecting'] as const

export interface Journal {
  id: string
  generation: number
  /** What an attempt left behind. */
  traces: string[]
}

/** Reads them from Perch's state folder, by account. */
export function journalsIn(state: string): Map<string, Journal> {
  const folder = join(state, 'v3', 'do', 'perch-Account')
  const files = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  const found = files.flatMap((name) => recordsIn(join(folder, name)))
  return new Map(found.map((journal) => [journal.id, journal]))
}

function recordsIn(file: string): Journal[] {
  const database = new DatabaseSync(file)
  try {
    const rows = database.prepare('SELECT json FROM record').all() as { json: string }[]
    return rows.map(({ json }) => {
      const record = JSON.parse(json)
      const traces = TRACES.filter((name) => name in record)
      return { id: record.id, generation: record.oauth2?.generation ?? 0, traces }
    })
  } finally {
    database.close()
  }
}

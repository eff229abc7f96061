import { hasTable } from './tables'
import { type Migration, stamped, unlessNewer, upToDate } from './version'

/** An event with its number, as the log gives it. */
export type EventRow<T> = T & { seq: number }

/** Which row is the first that is left, and which one the last that there was; 0 and 0 for an empty log. */
export interface EventRange {
  first: number
  last: number
}

/**
 * The table of a log, numbered without gaps. An event is two rows written: itself, and its id in the index that tells one
 * that comes again. The last one is never deleted, so that its number is never given twice.
 */
export class EventRows<T extends { id: string }> {
  readonly #sql: SqlStorage
  readonly #migrations: readonly Migration[]
  #made: boolean

  /** @param migrations - of an event, in order */
  constructor(sql: SqlStorage, migrations: readonly Migration[]) {
    this.#sql = sql
    this.#migrations = migrations
    this.#made = hasTable(sql, 'event')
  }

  /** The numbers that are taken. */
  range(): EventRange {
    if (!this.#made) return { first: 0, last: 0 }
    const { first, last } = this.#sql
      .exec<{ first: number | null; last: number | null }>(
        'SELECT (SELECT MIN(seq) FROM event) AS first, (SELECT MAX(seq) FROM event) AS last',
      )
      .one()
    return { first: first ?? 0, last: last ?? 0 }
  }

  /**
   * Adds events in their order, but for those whose ids are there.
   *
   * @param atMs - when they came into the log, Unix milliseconds
   * @returns how many were new
   */
  append(events: readonly T[], atMs: number): number {
    if (!this.#made)
      this.#sql.exec(
        'CREATE TABLE event (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, json TEXT NOT NULL)',
      )
    this.#made = true
    let added = 0
    for (const event of events) {
      // An insert that is ignored would leave a gap, so it is looked up before.
      if (this.#seqOf(event.id) !== undefined) continue
      this.#sql.exec(
        'INSERT INTO event (seq, id, at, json) VALUES (?, ?, ?, ?)',
        this.range().last + 1,
        event.id,
        atMs,
        JSON.stringify(stamped(event, this.#migrations)),
      )
      added += 1
    }
    return added
  }

  /**
   * The events after this number, so many at most, and of as many characters; one at least where there is one.
   *
   * @throws Failure `storage_newer` where a later build wrote the first one: whoever passed over it would never read it
   */
  page(after: number, limit: number, maxChars: number): EventRow<T>[] {
    if (!this.#made) return []
    const rows: EventRow<T>[] = []
    let chars = 0
    const found = this.#sql.exec<Stored>(
      'SELECT seq, json FROM event WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      limit,
    )
    for (const row of found) {
      chars += row.json.length
      if (rows.length > 0 && chars > maxChars) break
      const read = () => upToDate<T>(JSON.parse(row.json), this.#migrations)
      const event = rows.length > 0 ? unlessNewer(read) : read()
      if (!event) break
      rows.push({ ...event, seq: row.seq })
    }
    return rows
  }

  /** The event with this id. @throws Failure `storage_newer` */
  find(id: string): EventRow<T> | undefined {
    const seq = this.#made ? this.#seqOf(id) : undefined
    return seq === undefined ? undefined : this.page(seq - 1, 1, 0)[0]
  }

  /** Writes an event anew that is there, with the same id. */
  replace(seq: number, event: T): void {
    const json = JSON.stringify(stamped(event, this.#migrations))
    this.#sql.exec('UPDATE event SET json = ? WHERE seq = ?', json, seq)
  }

  /**
   * Deletes the events that came before this time, so many at most, and never the last one.
   *
   * @param beforeMs - Unix milliseconds
   * @returns when the first one came that is left, Unix milliseconds; undefined: the log is empty
   */
  prune(beforeMs: number, most: number): number | undefined {
    if (!this.#made) return undefined
    const { first, last } = this.range()
    // By number and not by an index over time, which would cost each event a row more.
    this.#sql.exec(
      'DELETE FROM event WHERE seq >= ? AND seq < ? AND at < ?',
      first,
      Math.min(first + most, last),
      beforeMs,
    )
    const [left] = this.#sql
      .exec<{ at: number }>('SELECT at FROM event ORDER BY seq LIMIT 1')
      .toArray()
    return left?.at
  }

  #seqOf(id: string): number | undefined {
    return this.#sql.exec<{ seq: number }>('SELECT seq FROM event WHERE id = ?', id).toArray()[0]
      ?.seq
  }
}

type Stored = { seq: number; json: string }

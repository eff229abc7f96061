import { hasTable } from './tables'
import { type Migration, stamped, upToDate } from './version'

/**
 * The one row in which a Durable Object keeps what it knows; an object with several kinds of records has a table for
 * each.
 *
 * An integer primary key makes each write one row written; SQLite's own key would make it two. The table is made by
 * the first write, so an object that was only asked stays empty and costs nothing.
 */
export class Row<T extends object> {
  readonly #sql: SqlStorage
  readonly #migrations: readonly Migration[]
  readonly #table: string
  /** Whether the table is known to be there. One that a write made may be gone again: its transaction may have failed. */
  #made = false
  /** Whether what rests here is known to be of this build's version or an earlier one. */
  #mayWrite = false

  /**
   * @param migrations - of this kind of record, in order
   * @param table - the name of its table, which goes into SQL as it is
   */
  constructor(sql: SqlStorage, migrations: readonly Migration[], table = 'record') {
    this.#sql = sql
    this.#migrations = migrations
    this.#table = table
  }

  /**
   * The record, in this build's form; undefined when there is none.
   *
   * @throws Failure `storage_newer` when a later build wrote it
   */
  read(): T | undefined {
    this.#made ||= hasTable(this.#sql, this.#table)
    const record = this.#made ? this.#stored() : undefined
    this.#mayWrite = true
    return record
  }

  /**
   * Writes at once, durable before any reply or request that follows leaves the object.
   *
   * @param migrations - those that a build has to know which reads this record: fewer, where it is of an earlier form
   * @throws Failure `storage_newer`, rather than to write over what a later build wrote; what the storage throws
   */
  write(record: T, migrations = this.#migrations): void {
    if (!this.#mayWrite) this.read()
    if (!this.#made)
      this.#sql.exec(
        `CREATE TABLE IF NOT EXISTS ${this.#table} (id INTEGER PRIMARY KEY, json TEXT NOT NULL)`,
      )
    const json = JSON.stringify(stamped(record, migrations))
    this.#sql.exec(`INSERT OR REPLACE INTO ${this.#table} (id, json) VALUES (1, ?)`, json)
  }

  #stored(): T | undefined {
    const row = this.#sql
      .exec<{ json: string }>(`SELECT json FROM ${this.#table} WHERE id = 1`)
      .toArray()[0]
    return row && upToDate<T>(JSON.parse(row.json), this.#migrations)
  }
}

import { hasTable } from './tables'
import { type Migration, stamped, unlessNewer, upToDate } from './version'

/**
 * A table of a Durable Object with many records of one kind, each by its id. It is made by the first write, so an
 * object that was only asked stays empty.
 */
export class Rows<T extends object> {
  readonly #sql: SqlStorage
  readonly #migrations: readonly Migration[]
  readonly #table: string
  #made: boolean

  /**
   * @param migrations - of this kind of record, in order
   * @param table - the name of its table, which goes into SQL as it is
   */
  constructor(sql: SqlStorage, migrations: readonly Migration[], table: string) {
    this.#sql = sql
    this.#migrations = migrations
    this.#table = table
    this.#made = hasTable(sql, table)
  }

  /**
   * A record in this build's form; undefined when there is none.
   *
   * @throws Failure `storage_newer` when a later build wrote it.
   */
  get(id: string): T | undefined {
    if (!this.#made) return undefined
    const [row] = this.#sql
      .exec<Stored>(`SELECT id, json FROM ${this.#table} WHERE id = ?`, id)
      .toArray()
    return row && this.#read(row)
  }

  /** The records after this id, in the order of their ids. Of one that a later build wrote there is the id alone. */
  page(after: string, limit: number): { id: string; record: T | undefined }[] {
    if (!this.#made) return []
    return this.#sql
      .exec<Stored>(
        `SELECT id, json FROM ${this.#table} WHERE id > ? ORDER BY id LIMIT ?`,
        after,
        limit,
      )
      .toArray()
      .map((row) => ({ id: row.id, record: unlessNewer(() => this.#read(row)) }))
  }

  /** How many records there are, of whatever version. */
  count(): number {
    if (!this.#made) return 0
    return this.#sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${this.#table}`).one().n
  }

  /**
   * Writes a record at once, durable before any reply or request that follows leaves the object.
   *
   * @throws Failure `storage_newer`, rather than to write over what a later build wrote; what the storage throws
   */
  write(id: string, record: T): void {
    this.get(id)
    if (!this.#made)
      this.#sql.exec(
        `CREATE TABLE ${this.#table} (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID`,
      )
    this.#made = true
    const json = JSON.stringify(stamped(record, this.#migrations))
    this.#sql.exec(`INSERT OR REPLACE INTO ${this.#table} (id, json) VALUES (?, ?)`, id, json)
  }

  /** Deletes a record, of whatever version, where there is one. */
  delete(id: string): void {
    if (this.#made) this.#sql.exec(`DELETE FROM ${this.#table} WHERE id = ?`, id)
  }

  #read({ json }: Stored): T {
    return upToDate<T>(JSON.parse(json), this.#migrations)
  }
}

type Stored = { id: string; json: string }

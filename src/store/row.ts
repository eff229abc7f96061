/**
 * The one row in which a Durable Object keeps what it knows.
 *
 * An integer primary key makes each write one row written; SQLite's own key would make it two. The table is made by
 * the first write, so an object that was only asked stays empty and costs nothing.
 */
export class Row<T> {
  readonly #sql: SqlStorage
  #made: boolean

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#made =
      sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'record'").toArray()
        .length > 0
  }

  read(): T | undefined {
    if (!this.#made) return undefined
    const row = this.#sql
      .exec<{ json: string }>('SELECT json FROM record WHERE id = 1')
      .toArray()[0]
    return row ? (JSON.parse(row.json) as T) : undefined
  }

  /** Written at once, and durable before any reply or request that follows leaves the object. */
  write(value: T): void {
    if (!this.#made)
      this.#sql.exec('CREATE TABLE record (id INTEGER PRIMARY KEY, json TEXT NOT NULL)')
    this.#made = true
    this.#sql.exec('INSERT OR REPLACE INTO record (id, json) VALUES (1, ?)', JSON.stringify(value))
  }
}

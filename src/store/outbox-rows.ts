/** The table of an object with what it has to tell and has not told yet, in order. Made by the first write. */
export class OutboxRows<T extends { id: string }> {
  readonly #sql: SqlStorage
  #made: boolean

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#made =
      sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'").toArray()
        .length > 0
  }

  /** What is waiting, the oldest first. */
  read(): T[] {
    if (!this.#made) return []
    return this.#sql
      .exec<{ json: string }>('SELECT json FROM outbox ORDER BY n')
      .toArray()
      .map(({ json }) => JSON.parse(json))
  }

  /** Adds to it, one row each; in the turn in which the object writes what it tells of, so that both come to rest or none. */
  add(told: readonly T[]): void {
    if (told.length === 0) return
    // With an integer for its key and no index a row is one row written.
    if (!this.#made)
      this.#sql.exec(
        'CREATE TABLE outbox (n INTEGER PRIMARY KEY, id TEXT NOT NULL, json TEXT NOT NULL)',
      )
    this.#made = true
    for (const each of told)
      this.#sql.exec('INSERT INTO outbox (id, json) VALUES (?, ?)', each.id, JSON.stringify(each))
  }

  /** Takes these out. */
  drop(ids: ReadonlySet<string>): void {
    if (!this.#made) return
    for (const id of ids) this.#sql.exec('DELETE FROM outbox WHERE id = ?', id)
  }
}

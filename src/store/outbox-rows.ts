import { hasTable } from './tables'

/** The table of an object with what it has to tell and has not told yet, in order. Made by the first write. */
export class OutboxRows<T extends { id: string }> {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** What is waiting, the oldest first. */
  read(): T[] {
    if (!hasTable(this.#sql, 'outbox')) return []
    return this.#sql
      .exec<{ json: string }>('SELECT json FROM outbox ORDER BY n')
      .toArray()
      .map(({ json }) => JSON.parse(json))
  }

  /** Adds to it, one row each; in the turn in which the object writes what it tells of, so that both come to rest or none. */
  add(told: readonly T[]): void {
    if (told.length === 0) return
    // With an integer for its key and no index a row is one row written. That it was made before is not remembered: the
    // transaction may have failed, and the table be gone with it.
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, id TEXT NOT NULL, json TEXT NOT NULL)',
    )
    for (const each of told)
      this.#sql.exec('INSERT INTO outbox (id, json) VALUES (?, ?)', each.id, JSON.stringify(each))
  }

  /** Takes these out. */
  drop(ids: ReadonlySet<string>): void {
    for (const id of ids) this.#sql.exec('DELETE FROM outbox WHERE id = ?', id)
  }
}

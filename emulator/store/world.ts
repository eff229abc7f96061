import { Hub } from '../streams/hub.ts'
import { DROP, SCHEMA, SCHEMA_VERSION } from './schema.ts'

/** The emulator's state and its clock. What stands in which table is said in schema.ts. */
export class World {
  readonly sql: SqlStorage
  /** Who listens to the stream just now. */
  readonly hub = new Hub()
  readonly #storage: DurableObjectStorage
  readonly #seed: (world: World) => void
  #offsetMs = 0

  /** @param seed - what stands in it at first, and after each reset */
  constructor(storage: DurableObjectStorage, seed: (world: World) => void) {
    this.#storage = storage
    this.#seed = seed
    this.sql = storage.sql
    this.sql.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL)')
    if (this.#meta('schema') !== SCHEMA_VERSION) this.reset()
    this.#offsetMs = this.#meta('offset_ms') ?? 0
  }

  /** The emulator's time in milliseconds: the real time plus what was advanced. */
  nowMs(): number {
    return Date.now() + this.#offsetMs
  }

  /** The emulator's time in whole Unix seconds. */
  now(): number {
    return Math.floor(this.nowMs() / 1000)
  }

  /** Moves the clock, forward or back. What had expired lives again when it stands before its end. */
  advance(seconds: number): void {
    this.#offsetMs += Math.round(seconds * 1000)
    this.#setMeta('offset_ms', this.#offsetMs)
  }

  /** Runs `work` whole or, if it throws, not at all. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work)
  }

  /** Back to the seeds, clock included. */
  reset(): void {
    this.hub.close()
    this.transaction(() => {
      this.sql.exec(DROP)
      this.sql.exec(SCHEMA)
      this.#offsetMs = 0
      this.#setMeta('offset_ms', 0)
      this.#setMeta('schema', SCHEMA_VERSION)
      this.#seed(this)
    })
  }

  #meta(key: string): number | undefined {
    return this.sql
      .exec<{ value: number }>('SELECT value FROM meta WHERE key = ?', key)
      .toArray()[0]?.value
  }

  #setMeta(key: string, value: number): void {
    this.sql.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, value)
  }
}

/** The deliveries of one endpoint: those that failed and wait for another try, and the last of those that are over. */
import { hasTable } from './tables'
import { type Migration, onlyNumbered, stamped, upToDate } from './version'

/** The answer of a receiver, or why there was none. */
export interface DeliveryAnswer {
  /** When the event was sent, Unix milliseconds. */
  atMs: number
  /** How long it took, milliseconds. */
  ms: number
  /** Undefined: there was no answer. */
  status?: number
  /** The first characters of the body. */
  text?: string
  error?: 'timeout' | 'unreachable' | 'address_refused' | 'sealed_unreadable'
  /** For how long the receiver asks to be left alone, seconds. */
  retryAfter?: number
}

/** A delivery: its event's number in the log, the event's id, and what became of it so far. */
interface Delivery {
  seq: number
  event: string
  tries: number
  last?: DeliveryAnswer
}

/** A delivery that waits for a try. */
export interface OpenDelivery extends Delivery {
  /** Unix milliseconds. */
  nextAtMs: number
}

/** A delivery that is over. */
export interface DoneDelivery extends Delivery {
  outcome: 'delivered' | 'gave_up'
  /** The replay that went on when it was delivered, if any. */
  replay?: number
}

const OPEN: readonly Migration[] = [onlyNumbered]
const DONE: readonly Migration[] = [onlyNumbered]

/** Two tables by number in the log. They are made by the first write. */
export class DeliveryRows {
  readonly #sql: SqlStorage
  #made: boolean

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#made = hasTable(sql, 'open')
  }

  /** How many wait for a try. */
  openCount(): number {
    return this.#made ? this.#sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM open').one().n : 0
  }

  /** The one of this event that waits for a try. */
  open(seq: number): OpenDelivery | undefined {
    return this.#open('WHERE seq = ?', seq)[0]
  }

  /** Those whose time has come, so many at most, the one first that waits for the longest. */
  due(nowMs: number, limit: number): OpenDelivery[] {
    return this.#open('WHERE next_at <= ? ORDER BY next_at, seq LIMIT ?', nowMs, limit)
  }

  /** When the next one is due that is not due yet, Unix milliseconds; undefined: there is none. */
  nextAfterMs(nowMs: number): number | undefined {
    return this.#open('WHERE next_at > ? ORDER BY next_at LIMIT 1', nowMs)[0]?.nextAtMs
  }

  /** Has one wait for its next try. */
  writeOpen({ nextAtMs, ...delivery }: OpenDelivery): void {
    this.#make()
    const json = JSON.stringify(stamped(delivery, OPEN))
    this.#sql.exec(
      'INSERT OR REPLACE INTO open (seq, next_at, json) VALUES (?, ?, ?)',
      delivery.seq,
      nextAtMs,
      json,
    )
  }

  /** Has all that wait be due at once, of events behind this number. */
  allDue(nowMs: number, after = 0): void {
    if (this.#made)
      this.#sql.exec(
        'UPDATE open SET next_at = ? WHERE next_at > ? AND seq > ?',
        nowMs,
        nowMs,
        after,
      )
  }

  /** Drops one that waits. */
  deleteOpen(seq: number): void {
    if (this.#made) this.#sql.exec('DELETE FROM open WHERE seq = ?', seq)
  }

  /** Drops all that wait. */
  dropOpen(): void {
    if (this.#made) this.#sql.exec('DELETE FROM open')
  }

  /** Drops all that are over, as when their numbers mean nothing any more. */
  dropDone(): void {
    if (this.#made) this.#sql.exec('DELETE FROM done')
  }

  /** The one of this event that is over. */
  done(seq: number): DoneDelivery | undefined {
    return this.#done('WHERE seq = ?', seq)[0]
  }

  /** Keeps one that is over. */
  writeDone(delivery: DoneDelivery): void {
    this.#make()
    const json = JSON.stringify(stamped(delivery, DONE))
    this.#sql.exec('INSERT OR REPLACE INTO done (seq, json) VALUES (?, ?)', delivery.seq, json)
  }

  /**
   * Deletes those that are over and that nobody has to know again, the oldest first.
   *
   * @param keep - so many are left
   * @param batch - nothing is deleted before so many are too many
   * @param isKept - numbers of those that have to stay: all above `after`, and those of a replay that goes on
   */
  prune(
    keep: number,
    batch: number,
    { after, replay }: { after: number; replay?: { after: number; until: number } | undefined },
  ): void {
    if (!this.#made) return
    const { n } = this.#sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM done').one()
    if (n < keep + batch) return
    this.#sql.exec(
      'DELETE FROM done WHERE seq IN (SELECT seq FROM done WHERE seq <= ? AND NOT (seq > ? AND seq <= ?) ORDER BY seq LIMIT ?)',
      after,
      replay?.after ?? 0,
      replay?.until ?? 0,
      n - keep,
    )
  }

  /** Deliveries of either kind below this number, the newest event first, so many at most. */
  page(below: number, limit: number): (OpenDelivery | DoneDelivery)[] {
    const where = 'WHERE seq < ? ORDER BY seq DESC LIMIT ?'
    const open = this.#open(where, below, limit)
    const waiting = new Set(open.map(({ seq }) => seq))
    const done = this.#done(where, below, limit).filter(({ seq }) => !waiting.has(seq))
    return [...open, ...done].sort((one, other) => other.seq - one.seq).slice(0, limit)
  }

  #open(where: string, ...values: number[]): OpenDelivery[] {
    if (!this.#made) return []
    return this.#sql
      .exec<{ next_at: number; json: string }>(`SELECT next_at, json FROM open ${where}`, ...values)
      .toArray()
      .map(({ next_at: nextAtMs, json }) => ({
        ...upToDate<Omit<OpenDelivery, 'nextAtMs'>>(JSON.parse(json), OPEN),
        nextAtMs,
      }))
  }

  #done(where: string, ...values: number[]): DoneDelivery[] {
    if (!this.#made) return []
    return this.#sql
      .exec<{ json: string }>(`SELECT json FROM done ${where}`, ...values)
      .toArray()
      .map(({ json }) => upToDate<DoneDelivery>(JSON.parse(json), DONE))
  }

  #make(): void {
    if (this.#made) return
    this.#sql.exec(
      'CREATE TABLE open (seq INTEGER PRIMARY KEY, next_at INTEGER NOT NULL, json TEXT NOT NULL)',
    )
    this.#sql.exec('CREATE TABLE done (seq INTEGER PRIMARY KEY, json TEXT NOT NULL)')
    this.#made = true
  }
}

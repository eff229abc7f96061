import { type AccountRecord, isTombstone } from '../../../src/account/record'

/** `hangs`: nobody waits for it any longer, and it may land within a minute. */
export const PUT_FATES = ['ok', 'fails', 'hangs'] as const
export type PutFate = (typeof PUT_FATES)[number]

/** What becomes of a write whose object dies. */
export const ORPHANS = ['lands', 'is lost', 'lands later'] as const
export type Orphan = (typeof ORPHANS)[number]

interface Put {
  record: AccountRecord
  begunAt: number
  hasLanded: boolean
  settle: (how: PutFate) => void
}

/** A write that KV has not answered by then counts as refused. */
const TIMEOUT_MS = 30_000
const LATE_MS = 60_000

export class Kv {
  copy: AccountRecord | undefined
  readonly #puts: Put[] = []
  readonly #late: { record: AccountRecord; until: number }[] = []
  readonly #now: () => number
  readonly #wrong: (what: string) => void

  constructor(now: () => number, wrong: (what: string) => void) {
    this.#now = now
    this.#wrong = wrong
  }

  put(record: AccountRecord): Promise<'put' | 'unanswered'> {
    return new Promise((resolve, reject) => {
      const put: Put = {
        record,
        begunAt: this.#now(),
        hasLanded: false,
        settle: (how) => {
          if (how === 'fails' && !put.hasLanded) return reject(new Error('KV is down'))
          if (how !== 'hangs') {
            this.#land(put)
            return resolve('put')
          }
          if (!put.hasLanded) this.#late.push({ record, until: this.#now() + LATE_MS })
          resolve('unanswered')
        },
      }
      this.#puts.push(put)
    })
  }

  get isWaitedFor(): boolean {
    return this.#puts.length > 0
  }

  decide(at: number, how: PutFate): void {
    this.#puts.splice(at % Math.max(this.#puts.length, 1), 1)[0]?.settle(how)
  }

  /** KV has it, and its answer is still on the way. */
  take(): void {
    if (this.#puts[0]) this.#land(this.#puts[0])
  }

  /** Nobody waits for ever. @returns whether there was one that is given up */
  giveUp(): boolean {
    const at = this.#puts.findIndex(({ begunAt }) => begunAt + TIMEOUT_MS <= this.#now())
    if (at >= 0) this.decide(at, 'hangs')
    return at >= 0
  }

  /** The object that waits for its writes is dead. */
  orphan(how: Orphan): void {
    const [put] = this.#puts.splice(0)
    if (!put || put.hasLanded) return
    if (how === 'lands') this.copy = put.record
    if (how === 'lands later') this.#late.push({ record: put.record, until: this.#now() + LATE_MS })
  }

  /** A write that nobody waits for lands, over whatever is there. */
  land(): void {
    const late = this.#late.shift()
    if (late && this.#now() < late.until) this.copy = late.record
  }

  landAll(): void {
    while (this.#late.length > 0) this.land()
  }

  #land(put: Put): void {
    if (put.hasLanded) return
    if (generationIn(put.record) < generationIn(this.copy) && !isEndOf(put.record))
      this.#wrong('an older generation overwrote a newer one in KV')
    put.hasLanded = true
    this.copy = put.record
  }
}

/** The generation of the pair in it; 0: none. */
export const generationIn = (record: AccountRecord | undefined): number =>
  record && !isTombstone(record) ? (record.oauth2?.generation ?? 0) : 0

/** What was ended on purpose is no older generation. */
export const isEndOf = (record: AccountRecord): boolean => isTombstone(record) || !record.oauth2

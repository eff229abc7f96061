/** Several accounts under one app, with the real gate, the real consumer of the queue and an X that lies, or does not answer. */
import type { RefreshAnswer } from '../../../src/account/answer'
import { isDue } from '../../../src/account/decide'
import type { Effects } from '../../../src/account/effects'
import { vaultCopy } from '../../../src/account/fields'
import { invariantsOf } from '../../../src/account/invariants'
import { AccountMachine } from '../../../src/account/machine'
import { type AccountRecord, type Connected, isTombstone } from '../../../src/account/record'
import { Gate } from '../../../src/app/gate'
import { type AppState, newState } from '../../../src/app/record'
import { metadataOf, type VaultMetadata } from '../../../src/store/vault'
import { consume } from '../../../src/sweep/consumer'
import { connected, NOW } from '../account/grants'

/** How X is: it may refuse everybody, wrongly; leave all without an answer; or act on each refresh and answer 503 all the same. */
export const MOODS = ['well', 'lies', 'down', 'acts'] as const
export type Mood = (typeof MOODS)[number]

/** What is put in on purpose: a bug is found, or the model is blind. */
export interface Bug {
  /** What the gate writes. */
  written?: (next: AppState, before: AppState, now: number) => AppState
  /** Whether a refusal is told to the gate, and as what. */
  refusal?: (record: Connected, isAgain: boolean) => boolean
  /** What the gate hears of refreshes without an answer. */
  isDeaf?: true
  /** What the sweep sees of a copy. */
  listed?: (copy: VaultMetadata) => VaultMetadata
}

export class World {
  now = NOW
  mood: Mood = 'well'
  app: AppState = newState()
  readonly ids: readonly string[]
  readonly wrong: string[] = []
  /** Pairs that X gave in an answer that never came. */
  spent = 0
  readonly #bug: Bug
  readonly #valid = new Map<string, string>()
  readonly #records = new Map<string, AccountRecord>()
  readonly #copies = new Map<string, VaultMetadata>()
  readonly #machines = new Map<string, AccountMachine>()
  readonly #queue: object[] = []
  #gate: Gate
  #serial = 0

  /** @param dueIn - for each account, in how many seconds it is due */
  constructor(dueIn: readonly number[], bug: Bug = {}) {
    this.#bug = bug
    this.ids = dueIn.map((_, n) => String(1000 + n))
    for (const [n, id] of this.ids.entries()) {
      const dueAt = NOW + (dueIn[n] ?? 0)
      const refreshToken = this.#give(id)
      const record = connected({ refreshToken, dueAt, expiresAt: dueAt + 1200 } as object, { id })
      this.#records.set(id, record)
      this.#copies.set(id, metadataOf(record))
      this.#machines.set(id, new AccountMachine(this.#effects(id)))
    }
    this.#gate = this.#newGate()
  }

  #give(id: string): string {
    this.#serial += 1
    this.#valid.set(id, `r${this.#serial}`)
    return `r${this.#serial}`
  }

  record(id: string): Connected {
    const record = this.#records.get(id)
    if (!record || isTombstone(record)) throw new Error('nobody ends an account here')
    return record
  }

  /** Whether X would take the token that is held, were it well. */
  isTaken(id: string): boolean {
    return this.record(id).oauth2?.refreshToken === this.#valid.get(id)
  }

  /** Those who have to log in again, although X would take what they hold. */
  get wronged(): string[] {
    return this.ids.filter((id) => this.isTaken(id) && this.record(id).status === 'login_required')
  }

  /** Another program spends the token, or the user takes the access away. */
  takeAway(id: string): void {
    this.#valid.set(id, 'nobody knows')
  }

  /** The app's object is dropped from memory; its row stays. */
  dropApp(): void {
    this.#gate = this.#newGate()
  }

  async lease(id: string): Promise<void> {
    await this.#machines.get(id)?.lease({ because: 'lease', minTtl: 60 })
  }

  /** Time passes, and objects whose doubt has an alarm ring; a sweep follows, and what it queues is worked off. */
  async sweep(seconds = 300): Promise<void> {
    this.now += seconds
    for (const id of this.ids) {
      const { inDoubt, oauth2 } = this.record(id)
      if (inDoubt && (oauth2?.failure?.retryAt ?? 0) <= this.now)
        await this.#machines.get(id)?.alarm()
    }
    const { obstacle, limit = Number.POSITIVE_INFINITY, isSparing } = await this.#gate.sweepMay()
    const sweptAtMs = this.now * 1000
    const due = this.ids.filter((id) => {
      const copy = this.#listed(id)
      return isDue(copy, 'warm', this.now) && !(isSparing && copy.status !== 'ok')
    })
    if (!obstacle && due.length > 0) this.#queue.push({ sweptAtMs, due: due.slice(0, limit) })
    for (let body = this.#queue.shift(); body; body = this.#queue.shift())
      await consume(this.#env, body)
  }

  #listed(id: string): VaultMetadata {
    const copy = this.#copies.get(id)
    if (!copy) throw new Error('every account has a copy')
    return this.#bug.listed?.(copy) ?? copy
  }

  get #env(): Env {
    const accounts = { getByName: (id: string) => this.#stub(id) }
    return { ACCOUNT: accounts, APP: { getByName: () => this.#gate } } as unknown as Env
  }

  #stub(id: string) {
    const machine = this.#machines.get(id)
    return {
      suspect: () => machine?.suspect(),
      refreshHinted: (sweptAtMs: number, isWatching: boolean) =>
        machine?.refreshHinted(sweptAtMs, isWatching),
    }
  }

  #newGate(): Gate {
    return new Gate({
      now: () => this.now,
      random: () => 0.5,
      read: () => this.app,
      write: (next) => {
        this.app = this.#bug.written?.(next, this.app, this.now) ?? next
      },
      probe: async () =>
        this.mood === 'down' || this.mood === 'acts'
          ? { credentials: 'unknown', message: '503' }
          : { credentials: 'good' },
      tellSuspects: async (ids) => {
        if (ids.length > 0) this.#queue.push({ suspected: ids })
      },
      tryCanaries: async (canaries) => {
        this.#queue.push({ sweptAtMs: this.now * 1000, canaries })
      },
      patience: (work) => work.then(() => undefined),
      log: () => {},
    })
  }

  #effects(id: string): Effects {
    return {
      policy: () => 'warm',
      now: () => this.now * 1000,
      random: () => 0.5,
      newAttemptId: () => `t${++this.#serial}`,
      read: () => this.#records.get(id),
      write: (record) => {
        this.wrong.push(...invariantsOf(record))
        this.#records.set(id, record)
      },
      readEvents: () => [],
      dropEvents: () => {},
      appendEvents: async () => {},
      newEventId: () => 'event',
      loginAddress: () => undefined,
      erase: async () => {},
      setAlarm: async () => {},
      patience: (work) => work.then(() => undefined),
      sleep: async () => {},
      keepAlive: () => {},
      putCopy: async (record) => {
        if (!isTombstone(record)) this.#copies.set(id, metadataOf(vaultCopy(record)))
        return 'put'
      },
      prepareExchange: () => Promise.reject(new Error('There is no OAuth 1.0a token.')),
      exchangeUnavailable: async () => {},
      prepareRefresh: async ({ oauth2 }) => ({
        send: async (attempt) => {
          this.#machines.get(id)?.deliver(attempt.id, this.#answer(id, oauth2?.refreshToken))
        },
      }),
      admit: (ask) => this.#gate.admit({ count: 1, ...ask }),
      wellSince: async () => (await this.#gate.admit({ count: 0 })).wellSince,
      refused: async (_, isAgain) => {
        const isTold = this.#bug.refusal?.(this.record(id), isAgain) ?? true
        return isTold ? this.#gate.refused(id, isAgain) : undefined
      },
      unanswered: async (message) =>
        this.#bug.isDeaf ? undefined : this.#gate.unanswered(message),
      granted: () => this.#gate.granted(),
      appRefused: async () => undefined,
      paused: async () => {},
      revokeAtX: async () => ({ revoked: [], notes: [], message: undefined }),
      ownerAtX: async () => ({ message: 'nobody asks' }),
      log: () => {},
    }
  }

  #answer(id: string, token: string | undefined): RefreshAnswer {
    const isValid = token !== undefined && token === this.#valid.get(id)
    if (this.mood === 'acts' && isValid) {
      this.#give(id)
      this.spent += 1
    }
    if (this.mood === 'down' || this.mood === 'acts') return { kind: 'unknown', message: '503' }
    if (this.mood === 'lies' || !isValid)
      return { kind: 'refused', what: 'token', message: 'invalid' }
    const refreshToken = this.#give(id) as `v1.${string}`
    const life = { expiresAt: this.now + 7200, dueAt: this.now + 5400 }
    return {
      rotation: { accessToken: refreshToken, refreshToken, ...life } as never,
      nonconformity: undefined,
    }
  }
}

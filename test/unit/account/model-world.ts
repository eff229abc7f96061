/**
 * A world around one {@link AccountMachine}: {@link X}, {@link Kv}, storage, a clock, all of them data. Every call to X
 * and every write to KV waits until somebody decides its fate, so each order of events can happen.
 */
import type { Ask } from '../../../src/account/decide'
import type { Effects } from '../../../src/account/effects'
import { AccountMachine } from '../../../src/account/machine'
import {
  type AccountRecord,
  type Adoption,
  type Connected,
  isForgotten,
} from '../../../src/account/record'
import { LEASE_PATIENCE_MS } from '../../../src/limits'
import type { GrantKind } from '../../../src/store/vault'
import { adoption, adoption1, NOW } from './grants'
import { generationIn, isEndOf, Kv, type Orphan, type PutFate } from './model-kv'
import { type EndFate, type Fate, life, X } from './model-x'

export type MachineClass = new (effects: Effects) => AccountMachine

/** Long enough for everything that is ready to happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}

/** A login that X has granted, until its account has answered for it. */
interface Login {
  kind: GrantKind
  token: string
  order: number
  adoption: Adoption
  /** Whose it is, X has not said yet. */
  isLate: boolean
}

export class World {
  now = NOW * 1000
  durable: AccountRecord | undefined
  alarm: number | null = null
  machine: AccountMachine
  readonly wrong: string[] = []
  readonly kv: Kv
  readonly x: X
  /** Whether the app is halted, and X's refusals doubted. */
  halted = false
  /** Whether the app's object does not answer yet. */
  slow = false
  /** Whether KV is waited for. */
  patient = false
  /**
   * Whether an OAuth 1.0a token may be held that has ended: an object died while X was to end one, or a login that came
   * too late gave back the one that X gave to a later login as well.
   */
  mayHoldDead = false
  /** Imports that wait for X to say whose the tokens are. */
  readonly asked: { token: string; at: number; asOf: number; machine: AccountMachine }[] = []
  readonly #class: MachineClass
  readonly #clock = { now: () => this.now }

  constructor(machine: MachineClass) {
    const now = () => this.now
    const wrong = (what: string) => void this.wrong.push(what)
    this.kv = new Kv(now, wrong)
    this.x = new X({
      now,
      wrong,
      account: () => this.connected(),
      settled: settle,
      delivered: (token, account) => {
        this.#delivered = { token, order: this.#orderOf(account.oauth2) }
      },
    })
    this.#class = machine
    this.machine = new machine(this.#effects(0))
  }

  connected(): Connected | undefined {
    return this.durable && !isForgotten(this.durable) ? this.durable : undefined
  }

  /** Lets happen what is ready, and looks. A second passes, so that no two events are of the same time. */
  async #settle(): Promise<void> {
    await settle()
    this.now += 1000
    this.#look()
    const { oauth2 } = this.connected() ?? {}
    const { token, order } = this.#delivered ?? {}
    if (oauth2 && order === this.#orderOf(oauth2) && oauth2.refreshToken !== token)
      this.wrong.push(`${token} was delivered, and ${oauth2.refreshToken} is held`)
  }

  // What people and programs do.

  /** A login. Its Login object keeps the grant until the account has it. */
  async login(kind: GrantKind, isLate = false): Promise<void> {
    const order = this.#nextOrder()
    const token = kind === 'oauth2' ? this.x.give() : this.x.giveUserToken()
    const given = (kind === 'oauth2' ? adoption : adoption1)(`l${order}`, this.now)
    const secrets = kind === 'oauth2' ? { refreshToken: token, ...life(this.#clock) } : { token }
    const grant = { ...given.grant, ...secrets } as Adoption['grant']
    const login = { kind, token, order, adoption: { ...given, grant }, isLate }
    this.#logins.push(login)
    if (!isLate) this.#present(login)
    await this.#settle()
  }

  readonly #logins: Login[] = []

  /** X says whose the grant of a late login is. */
  async identify(): Promise<void> {
    const login = this.#logins.find(({ isLate }) => isLate)
    if (!login) return
    login.isLate = false
    this.#present(login)
    await this.#settle()
  }

  get hasLateLogin(): boolean {
    return this.#logins.some(({ isLate }) => isLate)
  }

  /** Brings a login's grant to the account; a login that got no answer comes again after a crash. */
  #present(login: Login): void {
    const { machine } = this
    const { kind, token, order } = login
    void machine.adopt(login.adoption).then(({ how, account }) => {
      if (machine !== this.machine) return
      this.#logins.splice(this.#logins.indexOf(login), 1)
      if (!account || how === 'forgotten') {
        if (kind === 'oauth1') this.mayHoldDead = true
        return this.x.giveBack(token)
      }
      const held = this.connected()?.[kind]
      const isHeld = this.#orderOf(held) >= order || this.#endAsked[kind] > order
      if (how === 'adopt' && !isHeld) this.wrong.push(`a login was told ${how}, and is not held`)
    })
  }

  /** Somebody brings the pair that X takes now: it is asked whose it is … */
  async bring(): Promise<void> {
    const { machine, now: at } = this
    const token = this.x.valid
    void machine.settled().then((asOf) => this.asked.push({ token, at, asOf, machine }))
    await this.#settle()
  }

  /** … and X says so, if it still takes it. */
  async confirm(): Promise<void> {
    const asked = this.asked.shift()
    if (!asked || asked.machine !== this.machine || asked.token !== this.x.valid) return
    // X answers now for what was brought then.
    const order = this.#nextOrder(asked.at)
    const given = adoption(`import:${order}`, asked.at)
    const grant = { ...given.grant, refreshToken: asked.token, ...life(this.#clock) }
    void this.machine.adopt({ ...given, grant: grant as Adoption['grant'], asOf: asked.asOf })
    await this.#settle()
  }

  async disconnect(force = false): Promise<void> {
    const { machine } = this
    const order = this.#nextOrder()
    this.#endAsked = { oauth2: order, oauth1: order }
    void machine.leave(force).then((left) => {
      if (machine !== this.machine) return
      if (!left.ok) {
        if (force && left.failure.code === 'revoke_failed')
          this.wrong.push('a forced DELETE was refused')
        return
      }
      for (const kind of KINDS) this.#expectGone(kind, order)
    })
    await this.#settle()
  }

  async endGrant(kind: GrantKind): Promise<void> {
    const { machine } = this
    const order = this.#nextOrder()
    this.#endAsked[kind] = order
    const meant = this.#orderOf(this.connected()?.[kind])
    void machine.endGrant(kind, false).then((left) => {
      if (machine === this.machine && left.ok) this.#expectGone(kind, meant + 1)
    })
    await this.#settle()
  }

  #expectGone(kind: GrantKind, before: number): void {
    const held = this.connected()?.[kind]
    if (held && this.#orderOf(held) < before)
      this.wrong.push(`${kind} was said to have ended, and is held`)
  }

  /** The sweep has the record sealed anew; or it is so already, and KV alone does not know. */
  async reseal(isSealed: boolean): Promise<void> {
    void this.machine.reseal(async (account) => (isSealed ? undefined : { ...account }))
    await this.#settle()
  }

  async suspect(): Promise<void> {
    void this.machine.suspect()
    await this.#settle()
  }

  async ask(ask: Ask): Promise<void> {
    const machine = this.machine
    const { oauth2, leaving } = this.connected() ?? {}
    const good = (oauth2?.expiresAt ?? 0) * 1000 - this.now
    let answered = false
    void machine.lease(ask).then((result) => {
      answered = true
      if (machine !== this.machine || result.ok || result.failure.code === 'account_leaving') return
      const { oauth2 } = this.connected() ?? {}
      const refused = ask.because === 'rejected' && ask.generation === oauth2?.generation
      if (oauth2 && oauth2.expiresAt * 1000 > this.now && !refused)
        this.wrong.push(`a valid token was withheld: ${result.failure.code}`)
    })
    await this.#settle()
    // Neither X nor KV has said a word since.
    const isIdle = !leaving && !this.patient
    if (ask.because === 'lease' && good >= (ask.minTtl + 2) * 1000 && isIdle && !answered)
      this.wrong.push('a valid token was held back until X answers')
  }

  // What the world does.

  async decideCall(at: number, fate: Fate): Promise<void> {
    this.x.decide(at, fate)
    await this.#settle()
  }

  async decideEnd(at: number, fate: EndFate): Promise<void> {
    this.x.decideEnd(at, fate)
    await this.#settle()
  }

  async decidePut(at: number, fate: PutFate): Promise<void> {
    this.kv.decide(at, fate)
    await this.#settle()
  }

  /** The object dies, with all that was under way in it. */
  async crash(put: Orphan, isHeardByX: boolean): Promise<void> {
    this.x.orphan(isHeardByX)
    this.kv.orphan(put)
    if (isHeardByX) this.mayHoldDead = true
    this.#timers = []
    const hasAlarm = this.alarm !== null || this.#isRinging
    this.#isRinging = false
    this.machine = new this.#class(this.#effects(++this.#lives))
    if (hasAlarm) this.machine.inherit()
    for (const login of [...this.#logins]) if (!login.isLate) this.#present(login)
    await this.#settle()
  }

  #lives = 0

  async tick(seconds: number): Promise<void> {
    this.now += seconds * 1000
    while (this.kv.giveUp()) await settle()
    const over = this.#timers.filter(({ at }) => at <= this.now)
    this.#timers = this.#timers.filter(({ at }) => at > this.now)
    for (const { wake } of over) wake()
    await settle()
    if (this.alarm !== null && this.alarm <= this.now && !this.#isRinging) this.#ring()
    await this.#settle()
  }

  #timers: { at: number; wake: () => void }[] = []

  /** An alarm is over once its handler is: a crash meanwhile lets it ring again, unless another one was set. */
  #ring(): void {
    const { machine } = this
    this.#isRinging = true
    this.#isSetAnew = false
    void machine.alarm().then(() => {
      if (machine !== this.machine) return
      this.#isRinging = false
      if (!this.#isSetAnew) this.alarm = null
    })
  }

  #isRinging = false
  #isSetAnew = false

  /** The app's object takes its time, or answers whoever waits. */
  async slowDown(slow: boolean): Promise<void> {
    this.slow = slow
    if (!slow) for (const wake of this.#unanswered.splice(0)) wake()
    await this.#settle()
  }

  readonly #unanswered: (() => void)[] = []

  // What must hold at any time.

  #order = 0
  /** Which grant is which, by when X gave it. */
  readonly #orders = new Map<number, number>()
  /** When the end of each kind was asked for last … */
  #endAsked = { oauth2: 0, oauth1: 0 }
  /** … and when it was over. */
  readonly #endedAt = { oauth2: 0, oauth1: 0 }
  readonly #held: Partial<Record<GrantKind, number>> = {}
  /** The newest pair whose reply reached us. */
  #delivered: { token: string; order: number } | undefined

  #nextOrder(obtainedAtMs = this.now): number {
    this.#order += 1
    this.#orders.set(obtainedAtMs, this.#order)
    return this.#order
  }

  #orderOf(grant: { obtainedAtMs: number } | undefined): number {
    return (grant && this.#orders.get(grant.obtainedAtMs)) ?? 0
  }

  /** No grant goes unless somebody ended it, gives way to an older one, or comes back. */
  #look(): void {
    for (const kind of KINDS) {
      const grant = this.connected()?.[kind]
      const before = this.#held[kind]
      if (grant) {
        const order = this.#orderOf(grant)
        if (order < this.#endedAt[kind]) this.wrong.push(`${kind} came back after its end`)
        if (before && order < before) this.wrong.push(`an older ${kind} grant took the place`)
        this.#held[kind] = order
      } else if (before) {
        if (this.#endAsked[kind] < before)
          this.wrong.push(`${kind} is gone, and nobody ended it since its login`)
        this.#endedAt[kind] = this.#order
        delete this.#held[kind]
      }
    }
  }

  #effects(life: number): Effects {
    const alive = () => life === this.#lives
    const isHalted = () => (this.halted ? ({ code: 'app_halted' } as const) : undefined)
    return {
      policy: () => 'warm',
      now: () => this.now,
      random: () => 0.5,
      newAttemptId: () => `t${++this.#attempts}`,
      read: () => this.durable,
      write: (record) => {
        if (alive()) this.#write(record)
      },
      erase: async () => {
        if (!alive()) return
        if (this.kv.copy && !isForgotten(this.kv.copy))
          this.wrong.push('nothing is left here, and KV has a copy')
        this.durable = undefined
      },
      setAlarm: async (at) => {
        if (!alive()) return
        this.alarm = at
        this.#isSetAnew = true
      },
      // Nobody waits for a refresh, so that whatever may go on without its answer does.
      patience: (work, ms) =>
        this.patient && ms !== LEASE_PATIENCE_MS ? this.#wait(work, ms) : Promise.resolve(),
      keepAlive: () => {},
      putCopy: (record) => (alive() ? this.kv.put(record) : new Promise(() => {})),
      prepare: async (account) => ({ send: () => this.x.refresh(account) }),
      permit: () => this.#app(alive, isHalted),
      refused: () => this.#app(alive, isHalted),
      appRefused: () => this.#app(alive, () => undefined),
      paused: () => this.#app(alive, () => undefined),
      endAtX: (account, kinds) => this.x.end(account, kinds),
      ownerAtX: async () => 'nobody asks',
      log: () => {},
    }
  }

  #attempts = 0

  #write(record: AccountRecord): void {
    if (!isEndOf(record) && generationIn(record) < generationIn(this.durable))
      this.wrong.push('an older generation overwrote a newer one in the object')
    const before = this.connected()?.oauth2?.obtainedAtMs
    this.durable = record
    const now = this.connected()?.oauth2
    // What becomes of a pair that is brought again is a new story.
    if (now && now.obtainedAtMs !== before) this.x.lost.delete(now.refreshToken ?? '')
    this.#look()
  }

  #wait(work: Promise<unknown>, ms: number): Promise<void> {
    const over = new Promise<void>((wake) => this.#timers.push({ at: this.now + ms, wake }))
    return Promise.race([work.then(() => undefined), over])
  }

  /** The app's object answers at once, or when it gets round to it; a crash may come before. */
  async #app<T>(alive: () => boolean, answer: () => T): Promise<T> {
    if (this.slow) await new Promise<void>((wake) => this.#unanswered.push(wake))
    // A dead object hears nothing any more.
    return alive() ? answer() : new Promise(() => {})
  }
}

export const KINDS = ['oauth2', 'oauth1'] as const

/** A world whose account holds these, as KV knows. */
export async function holding(...kinds: GrantKind[]): Promise<World> {
  const world = new World(AccountMachine)
  for (const kind of kinds) {
    await world.login(kind)
    await world.decidePut(0, 'ok')
  }
  return world
}

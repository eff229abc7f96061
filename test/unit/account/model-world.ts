import type { Adoption } from '../../../src/account/adoption'
import type { LeaseRequest } from '../../../src/account/decide'
import type { Effects } from '../../../src/account/effects'
import { invariantsOf } from '../../../src/account/invariants'
import { AccountMachine } from '../../../src/account/machine'
import {
  type AccountRecord,
  type Attempt,
  type Connected,
  isTombstone,
} from '../../../src/account/record'
import type { PerchEvent } from '../../../src/events/event'
import {
  APP_PATIENCE_MS,
  CALLER_PATIENCE_MS,
  CARRIER_PATIENCE_MS,
  LEASE_PATIENCE_MS,
} from '../../../src/limits'
import type { RefreshPolicy } from '../../../src/setting-values'
import type { GrantKind, VaultAccount, VaultOAuth2 } from '../../../src/store/vault'
import type { Unnamed } from '../../../src/x/me'
import type { User } from '../../../src/x/user'
import { adoption, adoption1, NOW } from './grants'
import { Carriers, type Death, type Turn } from './model-carrier'
import { generationIn, isEndOf, Kv, type Orphan, type PutFate } from './model-kv'
import { Log } from './model-log'
import { type EndFate, type Fate, life, MANNERS, type Manners, NONE, X } from './model-x'

export type MachineClass = new (effects: Effects) => AccountMachine

/** Long enough for everything that is ready to happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}

/** How far a login is: its code is sent, X has acted on it, X has said whose it is, its account was told. */
const STAGES = ['sent', 'acted', 'identified', 'presented'] as const
export type Stage = (typeof STAGES)[number]

/** A login, until its account has answered for it. */
interface Login {
  kind: GrantKind
  stage: Stage
  sentAtMs: number
  /** X's order of all that it gives and of all ends that are asked for; 0: X has not acted. */
  order: number
  token: string
  adoption: Adoption | undefined
}

export class World {
  now = NOW * 1000
  durable: AccountRecord | undefined
  alarm: number | null = null
  machine: AccountMachine
  readonly wrong: string[] = []
  readonly kv: Kv
  readonly log: Log
  readonly x: X
  readonly carriers: Carriers
  /** Whether the app is halted, and X's refusals doubted. */
  halted = false
  /** Since when X answers others again, Unix seconds; undefined: nobody knows. */
  wellSince: number | undefined
  /** Whether the app's object does not answer yet. */
  slow = false
  /** Whether the next token takes its time to open: as with what is being sealed anew, until {@link World.sealed}. */
  opensSlowly = false
  /** Whether KV is waited for. */
  patient = false
  /**
   * Whether an OAuth 1.0a token may be held that has ended: an object died before the storage took that, or a login that came
   * too late gave back the one that X gave to a later login as well.
   */
  mayHoldDead = false
  /** What the app's object was asked about refreshes, the last one last. */
  readonly asks: object[] = []
  /** Work that an object is kept at, whoever hangs up. */
  readonly kept: Promise<unknown>[] = []
  /** Imports that wait for X to say whose the tokens are. */
  readonly asked: { token: string; at: number; asOf: number; machine: AccountMachine }[] = []
  readonly policy: RefreshPolicy
  readonly #class: MachineClass
  readonly #clock = { now: () => this.now }

  constructor(machine: MachineClass, manners: Manners = MANNERS, policy: RefreshPolicy = 'warm') {
    const now = () => this.now
    const wrong = (what: string) => void this.wrong.push(what)
    this.kv = new Kv(now, wrong)
    this.log = new Log(wrong)
    const account = () => this.connected()
    this.x = new X({ now, wrong, account, hasLateLogin: () => this.hasLateLogin }, manners)
    const machineOfNow = () => this.machine
    const delivered = (token: string) => {
      this.#delivered = { token, order: this.#orderOf(this.machine.read()?.oauth2) }
    }
    const surroundings = { now, wrong, account, machine: machineOfNow, delivered }
    this.carriers = new Carriers(surroundings, this.x, manners)
    this.#class = machine
    this.policy = policy
    this.machine = new machine(this.#effects(0))
  }

  connected(): Connected | undefined {
    return this.durable && !isTombstone(this.durable) ? this.durable : undefined
  }

  /** What the storage refused, the living object knows all the same. */
  #known(): VaultAccount | undefined {
    return this.#wasRefused ? this.machine.read() : this.connected()
  }

  /** Lets happen what is ready, and looks. A second passes, so that no two events are of the same time. */
  async #settle(): Promise<void> {
    await settle()
    this.now += 1000
    this.#look()
    const { oauth2 } = this.#known() ?? {}
    const { token, order } = this.#delivered ?? {}
    if (oauth2 && order === this.#orderOf(oauth2) && oauth2.refreshToken !== token)
      this.wrong.push(`${token} was delivered, and ${oauth2.refreshToken} is held`)
  }

  // What people and programs do.

  /** A login that gets as far as `until` for now. Its Login object keeps the grant until the account has it. */
  async login(kind: GrantKind, until: Stage = 'presented'): Promise<void> {
    const sentAtMs = this.now
    // X gives one OAuth 1.0a token again and again, so there is no order of its own among those.
    const order = kind === 'oauth1' ? this.#nextOrder() : 0
    const login: Login = { kind, stage: 'sent', sentAtMs, order, token: '', adoption: undefined }
    this.#logins.push(login)
    while (this.#logins.includes(login) && STAGES.indexOf(login.stage) < STAGES.indexOf(until)) {
      this.#further(login)
      // Two events are never of the same time.
      this.now += 1000
    }
    await this.#settle()
  }

  readonly #logins: Login[] = []

  /** One of the logins that are under way gets one step further. */
  async getOn(at: number): Promise<void> {
    const late = this.#logins.filter(({ stage }) => stage !== 'presented')
    const login = late[at % Math.max(late.length, 1)]
    if (login) this.#further(login)
    await this.#settle()
  }

  get hasLateLogin(): boolean {
    return this.#logins.some(({ stage }) => stage !== 'presented')
  }

  #further(login: Login): void {
    const { kind } = login
    if (login.stage === 'sent') {
      if (kind === 'oauth2') login.order = this.#nextOrder()
      login.token = kind === 'oauth2' ? this.x.give() : this.x.giveUserToken()
      login.stage = 'acted'
    } else if (login.stage === 'acted') this.#identify(login)
    else if (login.stage === 'identified') this.#present(login)
  }

  /** X says whose the grant is, unless a later login has ended it: then nobody asks any further. */
  #identify(login: Login): void {
    const { kind, token, order, sentAtMs } = login
    if (kind === 'oauth2' && token !== this.x.valid)
      return void this.#logins.splice(this.#logins.indexOf(login), 1)
    const obtainedAtMs = kind === 'oauth2' ? this.now : sentAtMs
    this.#orders.set(obtainedAtMs, order)
    const given = (kind === 'oauth2' ? adoption : adoption1)(`l${order}`, obtainedAtMs)
    const secrets = kind === 'oauth2' ? { refreshToken: token, ...life(this.#clock) } : { token }
    const grant = { ...given.grant, ...secrets } as Adoption['grant']
    login.adoption = { ...given, grant, sentAtMs }
    login.stage = 'identified'
  }

  /** Brings a login's grant to the account; a login that got no answer comes again after a crash. */
  #present(login: Login): void {
    const { machine } = this
    const { kind, token, order } = login
    login.stage = 'presented'
    const answer = machine.adopt(login.adoption!).then(({ how, account }) => {
      if (machine !== this.machine) return
      this.#logins.splice(this.#logins.indexOf(login), 1)
      if (!account || how === 'disconnected') {
        if (kind === 'oauth1') this.mayHoldDead = true
        return this.x.giveBack(token)
      }
      if (how === 'superseded' && kind === 'oauth2' && token === this.x.valid)
        this.wrong.push(`${token} is the live pair of a login, and was dropped`)
      const held = this.connected()?.[kind]
      const isHeld = this.#orderOf(held) >= order || this.#endAsked[kind] > order
      if (how === 'adopt' && !isHeld) this.wrong.push(`a login was told ${how}, and is not held`)
    })
    // Its Login object tries again.
    void answer.catch(() => {
      if (machine === this.machine) login.stage = 'identified'
    })
  }

  /** Somebody brings the pair that X takes now: it is asked whose it is … */
  async bring(): Promise<void> {
    const { machine } = this
    const token = this.x.valid
    // The pair of a login that is under way is known to nobody but its Login object.
    if (token === NONE || this.#logins.some((login) => login.token === token)) return
    void machine.settled().then((asOf) => this.asked.push({ token, at: this.now, asOf, machine }))
    await this.#settle()
  }

  /** Somebody brings a pair of another app: X names the user for it, and refuses to refresh it for ours. */
  async bringOthers(canRefresh: boolean): Promise<void> {
    const { machine } = this
    void machine
      .settled()
      .then((asOf) => {
        const order = this.#nextOrder()
        this.#imports.add(order)
        const given = adoption(`import:${order}`, this.now)
        const { refreshToken: _, ...access } = given.grant as VaultOAuth2 & { kind: 'oauth2' }
        const tokens = canRefresh ? { refreshToken: `other${order}` } : { dueAt: null }
        const rest = { imported: true, ...life(this.#clock), ...tokens }
        const grant = { ...access, ...rest } as Adoption['grant']
        return machine.adopt({ ...given, grant, asOf })
      })
      .catch(refused)
    await this.#settle()
  }

  /** A former build takes in a pair that X was not asked about, of this user or a stranger. */
  async bringUnasked(isOurs: boolean): Promise<void> {
    const order = this.#nextOrder()
    const ours = this.x.valid === NONE ? this.x.give() : this.x.valid
    const refreshToken = isOurs ? ours : `${STRANGER}${order}`
    if (this.#logins.some((login) => login.token === refreshToken)) return
    this.#imports.add(order)
    const given = adoption(`import:${order}`, this.now)
    const rest = { refreshToken, imported: true, unconfirmed: true, ...life(this.#clock) }
    const grant = { ...given.grant, ...rest } as Adoption['grant']
    void this.machine.adopt({ ...given, grant, asOf: 0 }).catch(refused)
    await this.#settle()
  }

  /** X says whose such a pair is, or does not. */
  async nameOwner(isSaid: boolean): Promise<void> {
    this.#owners.shift()?.(isSaid)
    await this.#settle()
  }

  get isNaming(): boolean {
    return this.#owners.length > 0
  }

  readonly #owners: ((isSaid: boolean) => void)[] = []

  #ownerOf(token: string | undefined): Promise<User | Unnamed> {
    const id = token?.startsWith(STRANGER) ? '1002' : '1001'
    const owner = { id, username: 'alice', name: 'Alice' }
    return new Promise((answer) =>
      this.#owners.push((isSaid) => answer(isSaid ? owner : { message: 'X does not say' })),
    )
  }

  /** Imports, by their order: one that X refuses gives way to what was held before. */
  readonly #imports = new Set<number>()

  /** Whether the account has held this pair. */
  hasHeld(token: string): boolean {
    return this.#tokens.has(token)
  }

  readonly #tokens = new Set<string>()

  /** … and X says so, if it still takes it. */
  async confirm(): Promise<void> {
    const asked = this.asked.shift()
    if (!asked || asked.machine !== this.machine || asked.token !== this.x.valid) return
    // X answers now for what was brought then.
    const order = this.#nextOrder(asked.at)
    const given = adoption(`import:${order}`, asked.at)
    const tokens = { refreshToken: asked.token, imported: true, ...life(this.#clock) }
    const grant = { ...given.grant, ...tokens }
    this.#imports.add(order)
    const brought = { ...given, grant: grant as Adoption['grant'], asOf: asked.asOf }
    void this.machine.adopt(brought).catch(refused)
    await this.#settle()
  }

  async disconnect(force = false): Promise<void> {
    const { machine } = this
    const order = this.#nextOrder()
    this.#endAsked = { oauth2: order, oauth1: order }
    const ended = Promise.resolve()
      .then(() => machine.disconnect(force))
      .then((left) => {
        if (machine !== this.machine) return
        if (!left.ok) {
          if (force && left.failure.code === 'revoke_failed')
            this.wrong.push('a forced DELETE was refused')
          return
        }
        for (const kind of KINDS) this.#expectGone(kind, order)
        // Given up on purpose, whether X heard of it or not.
        this.#tokens.clear()
      })
    void ended.catch(refused)
    await this.#settle()
  }

  async endGrant(kind: GrantKind): Promise<void> {
    const { machine } = this
    const order = this.#nextOrder()
    this.#endAsked[kind] = order
    const meant = this.#orderOf(this.connected()?.[kind])
    const until = new Set(this.#tokens)
    const ended = machine.endGrant(kind, false).then((left) => {
      if (machine !== this.machine || !left.ok) return
      // A login that was begun before an import may come in after it, while X is asked: nobody meant its grant.
      const { refreshToken = '' } = this.#known()?.oauth2 ?? {}
      const isLater = kind === 'oauth2' && this.#imports.has(meant) && !until.has(refreshToken)
      if (!isLater) this.#expectGone(kind, meant + 1)
    })
    void ended.catch(refused)
    await this.#settle()
  }

  #expectGone(kind: GrantKind, before: number): void {
    const held = this.#known()?.[kind]
    if (held && this.#orderOf(held) < before)
      this.wrong.push(`${kind} was said to have ended, and is held`)
  }

  /** The sweep has the record sealed anew; or it is so already, and KV alone does not know. */
  async reseal(isSealed: boolean): Promise<void> {
    const sealing = (account: VaultAccount) =>
      new Promise<VaultAccount | undefined>((sealed) =>
        this.#sealing.push(() => sealed(isSealed ? undefined : { ...account })),
      )
    void this.machine.reseal(sealing).catch(refused)
    await this.#settle()
  }

  /** What is being sealed anew is done. */
  async sealed(): Promise<void> {
    this.#sealing.shift()?.()
    this.#opening.shift()?.()
    await this.#settle()
  }

  readonly #sealing: (() => void)[] = []
  /** Tokens that are being opened: by the time that passes, at the latest. */
  readonly #opening: (() => void)[] = []

  /** A program was handed a token from a copy, and the edge tells so. */
  async use(): Promise<void> {
    void this.machine.noteUse().catch(refused)
    await this.#settle()
  }

  /** Somebody asks for an exchange. */
  async exchange(replace: boolean): Promise<void> {
    const { machine } = this
    const before = this.#known()?.oauth2
    const good = before && !before.ended && !before.failure && before.refreshToken === this.x.valid
    const asked = machine.exchange({ scope: 'a', replace }).then((result) => {
      if (
        machine === this.machine &&
        result.ok &&
        good &&
        !replace &&
        before === this.#known()?.oauth2
      )
        this.wrong.push('a grant that works was said to be replaced')
    })
    void asked.catch(refused)
    await this.#settle()
  }

  /** The sweep saw the account due, in KV's copy, which may be an old one. */
  async hint(): Promise<void> {
    void this.machine.refreshDue(this.now, false).catch(refused)
    await this.#settle()
  }

  /** X says that the user took the access away so many seconds ago: it may be so, or be of long ago. */
  async sayRevoked(isTrue: boolean, secondsAgo: number): Promise<void> {
    if (isTrue) this.x.giveBack(this.x.valid)
    void this.machine.revokedAtX(Math.floor(this.now / 1000) - secondsAgo).catch(refused)
    await this.#settle()
  }

  async suspect(): Promise<void> {
    void this.machine.suspect().catch(refused)
    await this.#settle()
  }

  async ask(ask: LeaseRequest): Promise<void> {
    const machine = this.machine
    const { disconnecting } = this.connected() ?? {}
    const { oauth2 } = this.#known() ?? {}
    const good = (oauth2?.expiresAt ?? 0) * 1000 - this.now
    let answered = false
    const waiting = { since: this.now, machine }
    this.#waiting.add(waiting)
    const leased = machine.lease(ask).then((result) => {
      answered = true
      this.#waiting.delete(waiting)
      if (machine !== this.machine || result.ok || result.failure.code === 'account_disconnecting')
        return
      const { oauth2 } = this.#known() ?? {}
      const isRejected = ask.because === 'rejected' && ask.generation === oauth2?.generation
      const refused = isRejected || oauth2?.ended?.reason === 'belongs_to_another'
      // A login's grant may have come in between the answer and this look at it.
      const isJustIn = oauth2 && this.#broughtAt.get(oauth2.obtainedAtMs) === this.now
      if (oauth2 && oauth2.expiresAt * 1000 > this.now && !refused && !isJustIn)
        this.wrong.push(`a valid token was withheld: ${result.failure.code}`)
    })
    void leased.catch(() => this.#waiting.delete(waiting))
    await this.#settle()
    // Neither X nor KV has said a word since.
    const isIdle = !disconnecting && !this.patient && !oauth2?.unconfirmed
    if (ask.because === 'lease' && good >= (ask.minTtl + 2) * 1000 && isIdle && !answered)
      this.wrong.push('a valid token was held back until X answers')
  }

  /** When the account got which OAuth 2.0 grant. */
  readonly #broughtAt = new Map<number, number>()

  readonly #waiting = new Set<{ since: number; machine: AccountMachine }>()

  /** Whoever asked a living object has an answer after a minute, whatever X, KV and the app's object do. */
  #lookAtWaiting(): void {
    for (const waiting of this.#waiting) {
      if (waiting.machine !== this.machine) this.#waiting.delete(waiting)
      else if (this.now - waiting.since > 120_000) {
        this.#waiting.delete(waiting)
        this.wrong.push('a caller was left without an answer')
      }
    }
  }

  // What the world does.

  /** The storage refuses the next writes. */
  refusals = 0

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

  /** The object dies, with all that was under way in it. Its carriers go on. */
  async crash(put: Orphan, isHeardByX: boolean): Promise<void> {
    this.#moved.clear()
    this.#timers = []
    await this.#succeed(put, isHeardByX)
  }

  /** Another instance takes over. The one before lives on, but what it writes or answers counts for nothing. */
  async move(put: Orphan, isHeardByX: boolean): Promise<void> {
    this.#moved.add(this.#lives)
    await this.#succeed(put, isHeardByX)
  }

  async #succeed(put: Orphan, isHeardByX: boolean): Promise<void> {
    this.x.orphanEnds(isHeardByX)
    this.kv.orphan(put)
    this.#forgetWhatWasNotStored()
    if (this.#wasRefused) this.mayHoldDead = true
    this.#wasRefused = false
    this.#endKept = {}
    const hasAlarm = this.alarm !== null || this.#isRinging
    this.#isRinging = false
    this.machine = new this.#class(this.#effects(++this.#lives))
    if (hasAlarm) this.machine.inherit()
    for (const login of [...this.#logins]) if (login.stage === 'presented') this.#present(login)
    await this.#settle()
  }

  /** Instances that another one took over from, and that live on. */
  readonly #moved = new Set<number>()

  async carrierGetsOn(at: number, turn: Turn): Promise<void> {
    this.carriers.getOn(at, turn)
    await this.#settle()
  }

  async carrierDies(at: number, how: Death): Promise<void> {
    this.carriers.die(at, how)
    await this.#settle()
  }

  async deliverLate(): Promise<void> {
    this.carriers.land()
    await this.#settle()
  }

  /** What only the dead object knew, since the storage refused it, is lost with it. */
  #forgetWhatWasNotStored(): void {
    const { token } = this.#delivered ?? {}
    const { oauth2 } = this.connected() ?? {}
    if (this.#wasRefused) this.carriers.forget()
    // X's refusal may have been what the storage did not take: the next object finds a refresh whose end nobody wrote down.
    if (this.#wasRefused && oauth2?.refreshToken) this.x.again.add(oauth2.refreshToken)
    if (!this.#wasRefused || !oauth2 || !token || oauth2.refreshToken === token) return
    this.#delivered = undefined
    this.x.unheard(oauth2.refreshToken ?? '')
  }

  #wasRefused = false

  #lives = 0

  async tick(seconds: number): Promise<void> {
    this.now += seconds * 1000
    while (this.kv.giveUp()) await settle()
    this.x.giveUp()
    this.carriers.tick()
    const over = this.#timers.filter(({ at }) => at <= this.now)
    this.#timers = this.#timers.filter(({ at }) => at > this.now)
    for (const { wake } of over) wake()
    await settle()
    for (const done of this.#opening.splice(0)) done()
    // Whoever came to ask in this time has no answer by its end either.
    if (seconds > 30) for (const answer of this.#owners.splice(0)) answer(false)
    await settle()
    this.#lookAtWaiting()
    if (this.alarm !== null && this.alarm <= this.now && !this.#isRinging) this.#ring()
    await this.#settle()
  }

  #timers: { at: number; wake: () => void }[] = []

  /** An alarm is over once its handler is: a crash meanwhile lets it ring again, unless another one was set. */
  #ring(): void {
    const { machine } = this
    this.#isRinging = true
    this.#isSetAnew = false
    const rung = machine.alarm().then(() => {
      if (machine !== this.machine) return
      this.#isRinging = false
      if (!this.#isSetAnew) this.alarm = null
    })
    // One that fails rings again.
    void rung.catch(() => {
      if (machine === this.machine) this.#isRinging = false
    })
  }

  #isRinging = false
  #isSetAnew = false

  /** The app's object forgets whom it was to answer. */
  async loseAnswers(): Promise<void> {
    this.#unanswered.length = 0
    await this.#settle()
  }

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
  /** … and when it was over in memory alone, since the storage refused it. */
  #endKept: Partial<Record<GrantKind, number>> = {}
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

  /** Whether the OAuth 1.0a token is being ended, or may have been. */
  #isLosing({ disconnecting, endingGrant, oauth1 }: Connected): boolean {
    return !!disconnecting || !!endingGrant || !!oauth1?.endedAtX || !!oauth1?.ended
  }

  /** Nobody is asked to log in whose OAuth 1.0a token X takes. @param before - the record until then */
  #lookAtHealing(before: AccountRecord | undefined): void {
    const account = this.connected()
    const reason = account?.oauth2?.ended?.reason ?? ''
    const isNew = before === undefined || isTombstone(before) || !before.oauth2?.ended
    if (!account?.oauth1 || account.oauth1.token !== this.x.userToken || this.#isLosing(account))
      return
    if (isNew && ['refused_by_x', 'refresh_reply_lost', 'revoked_by_user'].includes(reason))
      this.wrong.push('a login is asked for, and the OAuth 1.0a token is good')
  }

  /** No grant goes unless somebody ended it, gives way to an older one, or comes back. */
  #look(): void {
    for (const kind of KINDS) {
      const grant = this.connected()?.[kind]
      const before = this.#held[kind]
      if (grant) {
        const order = this.#orderOf(grant)
        if (order < this.#endedAt[kind]) this.wrong.push(`${kind} came back after its end`)
        if (before && order < before && !this.#imports.has(before))
          this.wrong.push(`an older ${kind} grant took the place`)
        this.#held[kind] = order
      } else if (before) {
        if (this.#endAsked[kind] < before)
          this.wrong.push(`${kind} is gone, and nobody ended it since its login`)
        this.#endedAt[kind] = this.#endKept[kind] ?? this.#order
        delete this.#endKept[kind]
        delete this.#held[kind]
      }
    }
  }

  #effects(life: number): Effects {
    const alive = () => life === this.#lives
    const lives = () => alive() || this.#moved.has(life)
    const isWatching = true
    const isHalted = () => (this.halted ? ({ code: 'app_halted' } as const) : undefined)
    return {
      policy: () => this.policy,
      now: () => this.now,
      random: () => 0.5,
      newAttemptId: () => `t${++this.#attempts}`,
      read: () => this.durable,
      write: (record, events) => {
        if (this.#moved.has(life)) throw new Error('another instance took over')
        if (!alive()) return
        this.#write(record)
        this.outbox.push(...events)
        this.log.expect(events)
      },
      readEvents: () => [...this.outbox],
      dropEvents: (ids) => {
        if (this.#moved.has(life)) throw new Error('another instance took over')
        if (alive()) this.outbox = this.outbox.filter(({ id }) => !ids.has(id))
      },
      appendEvents: (events) => (lives() ? this.log.append(events) : new Promise(() => {})),
      newEventId: () => `e${++this.#events}`,
      loginAddress: () => 'https://perch.example.com/login',
      erase: async () => {
        if (!alive()) return
        if (this.outbox.length > 0) this.wrong.push('events were erased that nobody was told of')
        if (this.kv.copy && !isTombstone(this.kv.copy))
          this.wrong.push('nothing is left here, and KV has a copy')
        this.durable = undefined
      },
      setAlarm: async (at) => {
        if (!alive()) return
        this.alarm = at
        this.#isSetAnew = true
      },
      // Nobody who has a good token waits for a refresh, so that whatever may go on without its answer does.
      patience: (work, ms) =>
        (this.patient && ms !== LEASE_PATIENCE_MS) || WAITED_FOR.has(ms)
          ? this.#wait(work, ms)
          : Promise.resolve(),
      sleep: (ms) => this.#wait(new Promise(() => {}), ms),
      keepAlive: (work) => void this.kept.push(work),
      putCopy: (record) => (alive() ? this.kv.put(record) : new Promise(() => {})),
      prepareRefresh: async (account) => {
        const isSlow = this.opensSlowly
        this.opensSlowly = false
        if (isSlow) await new Promise<void>((opened) => this.#opening.push(opened))
        if (!lives()) await new Promise(() => {})
        const send = (attempt: Attempt) => {
          if (this.#admissions === 0) this.wrong.push('a refresh left, and nobody was asked')
          this.#admissions = Math.max(this.#admissions - 1, 0)
          return this.carriers.setOut(account, attempt, life)
        }
        return { send }
      },
      prepareExchange: async (account) => {
        if (!lives()) await new Promise(() => {})
        const send = (attempt: Attempt) => {
          if (this.#admissions === 0) this.wrong.push('an exchange left, and nobody was asked')
          this.#admissions = Math.max(this.#admissions - 1, 0)
          this.#nextOrder(attempt.startedAt * 1000)
          return this.carriers.setOut(account, attempt, life)
        }
        return { send }
      },
      exchangeUnavailable: () => this.#app(alive, () => undefined),
      admit: (ask) => {
        this.asks.push(ask)
        // Who is not answered in time goes on without.
        this.#admissions += 1
        return this.#app(alive, () => {
          const obstacle = isHalted()
          if (!obstacle) return { take: 1, isWatching }
          this.#admissions = Math.max(this.#admissions - 1, 0)
          return { obstacle, take: 0, isWatching }
        })
      },
      wellSince: () => this.#app(alive, () => this.wellSince),
      refused: () => this.#app(alive, isHalted),
      unanswered: () => this.#app(alive, isHalted),
      granted: () => this.#app(alive, () => undefined),
      appRefused: () => this.#app(alive, () => undefined),
      paused: () => this.#app(alive, () => undefined),
      // A dead object asks nobody any more; one that was moved may.
      revokeAtX: (account, kinds) => (lives() ? this.x.end(account, kinds) : new Promise(() => {})),
      ownerAtX: ({ oauth2 }) =>
        lives() ? this.#ownerOf(oauth2?.refreshToken) : new Promise(() => {}),
      log: () => {},
    }
  }

  /** The events that are durable beside the record. */
  outbox: PerchEvent[] = []
  #events = 0

  #attempts = 0
  /** So many refreshes may leave that have not left. */
  #admissions = 0

  #write(record: AccountRecord): void {
    if (this.refusals > 0) {
      this.refusals -= 1
      this.#wasRefused = true
      for (const kind of KINDS)
        if (this.connected()?.[kind] && !(kind in record)) this.#endKept[kind] ??= this.#order
      throw new Error('the storage is full')
    }
    this.#wasRefused = false
    this.wrong.push(...invariantsOf(record))
    if (!isEndOf(record) && generationIn(record) < generationIn(this.durable))
      this.wrong.push('an older generation overwrote a newer one in the object')
    const { oauth2, formers = [] } = this.connected() ?? {}
    const before = oauth2?.obtainedAtMs
    const former = this.durable
    this.durable = record
    this.#lookAtHealing(former)
    const now = this.connected()?.oauth2
    if (now && now.obtainedAtMs !== before) this.#broughtAt.set(now.obtainedAtMs, this.now)
    // What was ended on purpose may live on at X, if X did not hear of it.
    if (!now) this.#tokens.clear()
    // One that nobody vouches for gives way to whatever comes.
    if (now?.refreshToken && !now.unconfirmed) this.#tokens.add(now.refreshToken)
    if (now?.refreshToken && formers.some((former) => now.obtainedAtMs === former.obtainedAtMs))
      this.x.again.add(now.refreshToken)
    // What becomes of a pair that is brought again is a new story.
    else if (now && now.obtainedAtMs !== before) this.x.lost.delete(now.refreshToken ?? '')
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

/** An object whose storage refuses says so; whoever asked tries again. */
const refused = (): void => undefined

/** How a pair begins that X gave to somebody else. */
const STRANGER = 'stranger'

/** What is always waited for: X by who has no other token, the carrier, and the app's object. */
const WAITED_FOR = new Set([APP_PATIENCE_MS, CALLER_PATIENCE_MS, CARRIER_PATIENCE_MS])

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

import { type Adoption, adopted, judgeAdoption } from '../../../src/account/adoption'
import type { Connected } from '../../../src/account/record'
import { viewOf } from '../../../src/account/view'
import type { Result } from '../../../src/failure'
import {
  ANSWERED_DOUBT_SECONDS,
  CALL_DOUBT_SECONDS,
  JOURNAL_DOUBT_SECONDS,
  LOGIN_ANSWERS_MAX,
} from '../../../src/limits'
import { answerFor } from '../../../src/login/disclosure'
import type { Bringing, Brought, LoginEffects } from '../../../src/login/effects'
import type { LoginMachine } from '../../../src/login/machine'
import type { PendingLogin } from '../../../src/login/pending'
import type { LoginRecord } from '../../../src/login/record'
import type { Renewed } from '../../../src/login/renewal'
import { Secret } from '../../../src/secret'
import { grant } from '../account/grants'
import { type ExchangeFate, isOfLoginApp, REFUSED, type UserId, userOf, X } from './model-x'

export type MachineClass = new (effects: LoginEffects) => LoginMachine

/** Who brings answers: two browsers, each with a cookie of its own, and the caller that made the login. */
export const BRINGERS = ['browser a', 'browser b', 'creator'] as const
export type Bringer = (typeof BRINGERS)[number]

/** What may become of each call but the exchange. `later`: whoever is asked names a time; `cut`: the reply breaks off. */
export const FATES = ['ok', 'lost_before', 'lost_after', 'refused', 'later', 'cut'] as const
export type Fate = (typeof FATES)[number]

/** Seconds that X, or the app's object, asks to be left alone. */
const ASKED_WAIT = 300
const HALTED = { code: 'app_halted', retryAfter: ASKED_WAIT } as const

interface Call {
  what: string
  machine: LoginMachine
  decide: (fate: Fate) => void
}

/** What kind of login it is. */
export interface Kind {
  allowed: readonly UserId[]
  returnTo: boolean
  identityOnly: boolean
  /** Whether there is a second app, for logins that keep nothing. */
  loginApp: boolean
  /** Users that are connected before. */
  connected: readonly UserId[]
}

const START = 1_800_000_000_000
const ID = 'login'

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}

export class World {
  now = START
  durable: LoginRecord | undefined
  alarm: number | null = null
  machine: LoginMachine
  /** So many writes the storage refuses. */
  refusals = 0
  readonly wrong: string[] = []
  /** What was logged. */
  readonly lines: object[] = []
  readonly x: X
  readonly accounts = new Map<UserId, Connected>()
  /** Who approved each code, in the order in which the codes came here first. */
  readonly brought: string[] = []
  readonly #calls: Call[] = []
  readonly #class: MachineClass
  readonly #kind: Kind
  readonly #pending: PendingLogin
  #isErased = false

  constructor(machine: MachineClass, kind: Kind) {
    this.#class = machine
    this.#kind = kind
    this.x = new X(
      () => this.now,
      (what) => void this.wrong.push(what),
      kind.loginApp && kind.identityOnly,
    )
    this.#pending = {
      flow: 'oauth2',
      state: new Secret('state'),
      codeVerifier: new Secret('verifier'),
      redirectUri: 'https://perch.example.com/callback',
      scope: 's',
      browserSecret: new Secret('secret'),
      creator: { id: 'creator' },
      ...(kind.returnTo ? { returnTo: 'https://app.example.com/' } : {}),
      ...(kind.identityOnly ? { identityOnly: true } : {}),
      ...(kind.identityOnly && kind.loginApp ? { loginApp: 'second' } : {}),
      expiresAt: START / 1000 + 600,
    }
    for (const user of kind.connected)
      this.#connect(user, this.x.give(user), this.now - 1, 'before')
    this.machine = new machine(this.#effects(0))
  }

  #life = 0
  /** Whether the storage refused what was written last. */
  #wasRefused = false

  #effects(life: number): LoginEffects {
    const ask = <T>(what: string, decide: (fate: Fate) => T): Promise<T> =>
      new Promise((resolve, reject) => {
        this.#calls.push({
          what,
          machine: this.machine,
          decide: (fate) => {
            try {
              resolve(decide(fate))
            } catch (error) {
              reject(error as Error)
            }
          },
        })
      })
    const isDead = () => life !== this.#life
    const never = new Promise<never>(() => undefined)
    return {
      now: () => this.now,
      random: () => 0.5,
      read: () => this.durable,
      write: (record) => {
        if (isDead()) throw new Error('dead')
        if (this.refusals > 0) {
          this.refusals -= 1
          this.#wasRefused = true
          throw new Error('SQLITE_FULL')
        }
        this.#wasRefused = false
        this.durable = record
      },
      erase: async () => {
        if (this.durable && this.durable.grants.length > 0) this.wrong.push('erased with a grant')
        this.durable = undefined
        this.alarm = null
        this.#isErased = true
      },
      setAlarm: async (at) => {
        if (!isDead()) this.alarm = at
      },
      patience: (work, ms) =>
        Promise.race([work.then(() => undefined), this.#until(this.now + ms)]),
      sleep: (ms) => (isDead() ? never : this.#until(this.now + ms)),
      keepAlive: (work) => void work.catch(() => undefined),
      exchange: (_, __, code) => {
        if (isDead()) return never
        const answer = this.durable?.answers.find(({ mark }) => mark === code)
        if (answer?.outcome.stage !== 'sent') this.wrong.push(`${code} left without a journal`)
        return this.x.exchange(code)
      },
      whose: (_, { sealed }) => {
        if (this.#seconds < (this.#askedUntil.get(`whose ${sealed}`) ?? 0))
          this.wrong.push(`whose ${sealed} is was asked before the time that X named`)
        return ask('whose', (fate) => {
          if (fate === 'refused') return REFUSED
          if (fate === 'ok') return this.x.whose(sealed)
          const waitSeconds = fate === 'later' ? ASKED_WAIT : undefined
          if (waitSeconds) this.#askedUntil.set(`whose ${sealed}`, this.#seconds + waitSeconds)
          return { kind: 'later', message: fate, waitSeconds }
        })
      },
      mayConnect: ({ imported }, { id }) =>
        imported === true || this.#kind.allowed.includes(id as UserId),
      bring: (bringing) => ask('bring', (fate) => this.#bring(bringing, fate)),
      permit: () =>
        ask('permit', (fate) => {
          if (fate === 'refused' || fate === 'later') return HALTED
          this.#permits += 1
          return undefined
        }),
      appRefused: () => ask('app refused', (fate) => (fate === 'refused' ? HALTED : undefined)),
      paused: () => ask('paused', () => undefined),
      renew: (_, { sealed }) => {
        if (isDead()) return never
        this.#presents(sealed)
        return ask('renew', (fate) => {
          const isLive = !isDead()
          if (isLive) this.#busyUntil.set(sealed, 0)
          if (fate === 'refused') return { kind: 'app', message: fate }
          if (fate === 'later') {
            this.#askedUntil.set(sealed, this.#seconds + ASKED_WAIT)
            return { kind: 'later', message: fate, waitSeconds: ASKED_WAIT }
          }
          const isLost = fate === 'lost_after' || fate === 'cut'
          const answer: Renewed =
            fate === 'lost_before'
              ? { kind: 'failed', message: fate }
              : this.x.renew(sealed, isLost)
          if (fate === 'ok' || answer.kind === 'dead') return answer
          const doubt = fate === 'cut' ? ANSWERED_DOUBT_SECONDS : CALL_DOUBT_SECONDS
          if (isLive) this.#busyUntil.set(sealed, this.#seconds + doubt)
          return fate === 'cut' ? { kind: 'cut', message: fate } : answer
        })
      },
      giveBack: (_, { sealed }) =>
        ask('give back', (fate) => {
          if (fate !== 'ok' && fate !== 'lost_after') return 'X was silent.'
          this.#giveBack(sealed)
          return fate === 'lost_after' ? 'X was silent.' : undefined
        }),
      usernameOf: async () => undefined,
      log: (event, ...[fields]) => void this.lines.push({ event, ...fields }),
    }
  }

  /** Since when a pair's refresh token may be presented again, Unix seconds: by when its last call is over at X. */
  readonly #busyUntil = new Map<string, number>()
  /** The times that X named, Unix seconds, by pair or question. */
  readonly #askedUntil = new Map<string, number>()
  /** So many refreshes the app's object let leave that have not left. */
  #permits = 0

  #presents(pair: string): void {
    if (this.#seconds < (this.#busyUntil.get(pair) ?? 0))
      this.wrong.push(`${pair} was presented while its last call may still run`)
    if (this.#seconds < (this.#askedUntil.get(pair) ?? 0))
      this.wrong.push(`${pair} was presented before the time that X named`)
    // A halt says nothing about the second app.
    if (this.#permits === 0 && !isOfLoginApp(pair))
      this.wrong.push(`${pair} was presented during a halt`)
    this.#permits = Math.max(this.#permits - 1, 0)
    // Until its answer comes; should this object die, its call runs on for so long.
    this.#busyUntil.set(pair, this.#seconds + JOURNAL_DOUBT_SECONDS)
  }

  get #seconds(): number {
    return Math.floor(this.now / 1000)
  }

  #connect(user: UserId, pair: string, obtainedAtMs: number, loginId: string): Connected {
    const { generation: _, ...rest } = grant({ obtainedAtMs, refreshToken: pair })
    const adoption: Adoption = {
      loginId,
      id: user,
      username: `user${user}`,
      name: user,
      grant: { kind: 'oauth2', ...rest },
    }
    const account = adopted(this.accounts.get(user), adoption, obtainedAtMs / 1000)
    this.accounts.set(user, account)
    return account
  }

  #bring({ grant: held, user, askedAtMs, where }: Bringing, fate: Fate): Brought {
    if (fate !== 'ok' && fate !== 'lost_after') throw new Error('not reached')
    if (isOfLoginApp(held.sealed))
      this.wrong.push(`${held.sealed} is of the second app, and was brought to an account`)
    if (this.#kind.identityOnly && !this.#isImport && where === 'anywhere')
      this.wrong.push(
        `${held.sealed} is of a login that connects nobody, and was brought as if it did`,
      )
    const id = user.id as UserId
    const record = this.accounts.get(id)
    if (where === 'if connected' && !record) return { kind: 'unwanted', how: 'not_connected' }
    const { generation: _, ...rest } = grant({ obtainedAtMs: askedAtMs, refreshToken: held.sealed })
    // Of one login's answers each is a login of its own for the account: here every pair is.
    const adoption: Adoption = {
      loginId: held.sealed,
      id,
      username: user.username,
      name: user.name,
      grant: { kind: 'oauth2', ...rest },
      ...(where === 'in place' ? { onlyInPlace: true as const } : {}),
    }
    const how = judgeAdoption(record, adoption)
    if (how === 'disconnected' || how === 'unwanted') return { kind: 'unwanted', how }
    if (how === 'superseded' && this.x.live.get(id) === held.sealed)
      this.wrong.push(`${held.sealed} is the live pair, and was superseded`)
    const account =
      how === 'adopt'
        ? this.#connect(id, held.sealed, askedAtMs, held.sealed)
        : (record as Connected)
    if (fate === 'lost_after') throw new Error('the reply was lost')
    return { kind: 'adopted', how, account: viewOf(account, this.now / 1000) }
  }

  #giveBack(pair: string): void {
    const account = this.accounts.get(userOf(pair))
    if (account?.oauth2?.refreshToken === pair)
      this.wrong.push(`${pair} was given back, and its account lives on it`)
    this.x.end(pair)
  }

  // What people and programs do.

  /** Another login of a user, which has an object of its own: X has named its user, and its account is told within a moment. */
  async elsewhere(user: UserId): Promise<void> {
    this.#others.push({ user, pair: this.x.give(user), askedAtMs: this.now })
    await this.#settle()
  }

  readonly #others: { user: UserId; pair: string; askedAtMs: number }[] = []

  async arriveElsewhere(): Promise<void> {
    for (const { user, pair, askedAtMs } of this.#others.splice(0)) {
      const { generation: _, ...rest } = grant({ obtainedAtMs: askedAtMs, refreshToken: pair })
      const adoption = {
        loginId: pair,
        id: user,
        username: user,
        name: user,
        grant: { kind: 'oauth2', ...rest },
      } as const
      if (judgeAdoption(this.accounts.get(user), adoption) === 'adopt')
        this.#connect(user, pair, askedAtMs, pair)
    }
    await this.#settle()
  }

  /** A refresh token comes in from elsewhere; it has an object of its own, which is asked for nothing else. */
  async take(user: UserId): Promise<void> {
    if (!this.#isImport && (this.machine.record || this.#isErased)) return
    if (!this.#isImport) this.#imported = this.x.give(user)
    this.#isImport = true
    const { id, expiresAt, creator } = { id: ID, ...this.#pending }
    const grant = { sealed: this.#imported, obtainedAtMs: this.now, expiresAt: 0 }
    const taken = this.machine.take({ id, expiresAt, creator: creator ?? { id: 'creator' }, grant })
    void taken.catch(() => undefined)
    await this.#settle()
    // What the storage refused was spent by nobody: whoever brought it still has it.
    if (!this.machine.record) this.x.undelivered.add(this.#imported)
  }

  #isImport = false
  #imported = ''

  /** A user approves at X, and somebody brings the code. */
  async approve(user: UserId, who: Bringer): Promise<void> {
    await this.bring(this.x.approve(user), who)
  }

  /** A code is brought, for the first time or again. */
  async bring(code: string, who: Bringer): Promise<void> {
    if (!this.#isOpen) return
    if (!this.brought.includes(code)) this.brought.push(code)
    const isDue = this.#isDue(code, who)
    const { machine } = this
    const answered = machine.redeem({
      id: ID,
      pending: this.#pending,
      answer: { code },
      mark: code,
      proofHash: who,
      isCreator: who === 'creator',
    })
    void answered.then((answer) => this.#lookAt(machine, who, answer)).catch(() => undefined)
    await this.#settle()
    if (isDue && this.x.codes.get(code)?.sent === 0) this.wrong.push(`X was never sent ${code}`)
  }

  /** Whether X has to be sent a code: it is new, and no other browser's was taken. */
  #isDue(code: string, who: Bringer): boolean {
    const { answers = [], result = { stage: 'open' } } = this.machine.record ?? {}
    const isTaken = result.stage === 'complete' || result.stage === 'waiting'
    const isOthers = isTaken && who !== 'creator' && result.proofHash !== who
    const isNew = answers.every(({ mark }) => mark !== code)
    return isNew && !isOthers && answers.length < LOGIN_ANSWERS_MAX && this.refusals === 0
  }

  async bringAgain(at: number, who: Bringer): Promise<void> {
    const code = this.brought[at % Math.max(this.brought.length, 1)]
    if (code !== undefined) await this.bring(code, who)
  }

  async deny(who: Bringer, passes: boolean): Promise<void> {
    if (!this.#isOpen) return
    const { machine } = this
    const denial = { id: ID, pending: this.#pending, proofHash: who }
    const failure = { code: passes ? 'x_unreachable' : 'login_cancelled' } as const
    const answered = machine.deny(denial, failure, passes)
    void answered.then((answer) => this.#lookAt(machine, who, answer)).catch(() => undefined)
    await this.#settle()
  }

  /** The app shows the proof, or the creator reads the result. */
  async tell(): Promise<void> {
    const result = this.machine.record?.result
    if (result?.stage !== 'complete' || result.told) return
    try {
      this.machine.tell({ to: 'app', at: Math.floor(this.now / 1000) })
      this.#told ??= result.account.id
    } catch {
      // The storage refused, so nobody was told.
    }
    await this.#settle()
  }

  #told: string | undefined

  get #isOpen(): boolean {
    return !this.#isImport && !this.#isErased && this.now / 1000 < this.#pending.expiresAt
  }

  /** Who may not learn does not. */
  #lookAt(machine: LoginMachine, who: Bringer, answer: Result<unknown>): void {
    const record = machine.record
    if (!record || machine !== this.machine || !answer.ok) return
    const isCreator = who === 'creator'
    const isTheirs = record.result.stage !== 'open' && record.result.proofHash === who
    const shown = answerFor(record, { isCreator, isTheirs }, answer as never)
    if (!shown.ok) return
    const { result } = record
    const by = result.stage === 'complete' ? record.answers[result.by]?.proofHash : undefined
    if (by !== who && !(isCreator && !this.#kind.returnTo))
      this.wrong.push(`${who} was told what ${by} brought`)
  }

  // What happens.

  async decideExchange(at: number, fate: ExchangeFate): Promise<void> {
    this.x.decide(at, fate)
    await this.#settle()
  }

  async decide(at: number, fate: Fate): Promise<void> {
    const call = this.#calls.splice(at % Math.max(this.#calls.length, 1), 1)[0]
    call?.decide(fate)
    await this.#settle()
  }

  get isWaitedFor(): boolean {
    return this.#calls.length > 0 || this.x.isWaitedFor
  }

  /** The object dies. What it asked for may happen all the same, and nobody hears of it. */
  async crash(happens: boolean): Promise<void> {
    this.#life += 1
    // An alarm whose handler did not end rings again.
    if (this.#isRinging) this.alarm = this.now
    this.#isRinging = false
    for (const call of this.#calls.splice(0)) if (happens) call.decide('lost_after')
    this.x.orphan()
    // What the storage refused and only this object knew is gone with it.
    const held = (record: LoginRecord | undefined) =>
      record?.grants.map(({ sealed }) => sealed) ?? []
    for (const pair of held(this.machine.record))
      if (this.#wasRefused && !held(this.durable).includes(pair)) this.x.undelivered.add(pair)
    this.#wasRefused = false
    for (const { mark, outcome } of this.durable?.answers ?? [])
      if (outcome.stage === 'sent') this.x.unheard(mark)
    // What X named, and was never written down, nobody knows any more.
    if (this.machine.record !== this.durable) this.#askedUntil.clear()
    this.#permits = 0
    this.refusals = 0
    this.machine = new this.#class(this.#effects(this.#life))
    await this.#settle()
  }

  async tick(seconds: number): Promise<void> {
    if (seconds > 1) await this.arriveElsewhere()
    this.now += seconds * 1000
    for (const [wake, at] of [...this.#sleepers])
      if (at <= this.now) {
        this.#sleepers.delete(wake)
        wake()
      }
    await this.#settle()
    if (this.alarm !== null && this.alarm <= this.now) {
      this.alarm = null
      this.#isRinging = true
      const life = this.#life
      void this.machine
        .alarm()
        .catch((error: unknown) => this.wrong.push(`alarm: ${String(error)}`))
        .then(() => {
          if (life === this.#life) this.#isRinging = false
        })
    }
    await this.#settle()
  }

  #isRinging = false

  readonly #sleepers = new Map<() => void, number>()

  #until(at: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.set(wake, at))
  }

  async #settle(): Promise<void> {
    await settle()
    this.now += 1
    this.#look()
  }

  #look(): void {
    const { durable } = this
    const result = durable?.result
    if (
      this.#told !== undefined &&
      result?.stage === 'complete' &&
      result.account.id !== this.#told
    )
      this.wrong.push('a result that was told has changed')
    if (result?.stage === 'complete') {
      // Of the answers that came later than the one that stands, none has brought somebody who may log in.
      const later = durable?.answers.slice(result.by + 1) ?? []
      const better = later.find(({ mark, outcome }) => {
        const user = this.x.codes.get(mark)?.user
        const isOnItsWay = durable?.grants.some((grant) => grant.mark === mark)
        return outcome.stage === 'taken' && !isOnItsWay && user && this.#kind.allowed.includes(user)
      })
      if (better && result.told === undefined)
        this.wrong.push(`${better.mark} is newer, and was good`)
    }
  }

  /** What is so once all is over. */
  expectEnd(): void {
    if (this.durable) this.wrong.push('the login has no end')
    for (const pair of this.x.live.values()) {
      const held = this.accounts.get(userOf(pair))?.oauth2?.refreshToken
      if (this.x.undelivered.has(pair)) continue
      if (held !== pair) this.wrong.push(`${pair} lives at X, and nobody has it`)
    }
    for (const [user, account] of this.accounts) {
      const live = this.x.live.get(user)
      const isLost = live !== undefined && this.x.undelivered.has(live)
      if (account.oauth2?.refreshToken !== live && !isLost)
        this.wrong.push(
          `${user} is connected with ${account.oauth2?.refreshToken}, and X takes ${live}`,
        )
    }
  }
}

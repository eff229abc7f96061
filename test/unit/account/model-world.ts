/**
 * A world around one {@link AccountMachine}: X with single-use refresh tokens, KV, storage, a clock, all of them data.
 * Every call to X and every write to KV waits until somebody decides its fate, so each order of events can happen.
 */
import type { Ask } from '../../../src/account/decide'
import type { Effects } from '../../../src/account/effects'
import type { AccountMachine } from '../../../src/account/machine'
import {
  type AccountRecord,
  type Adoption,
  type Connected,
  isForgotten,
  type Rotation,
} from '../../../src/account/record'
import type { NotGranted } from '../../../src/x/answer'
import { adoption, NOW } from './grants'

export const ID = '1001'
/** What may become of a call. `lost` ones break: X may or may not have acted, and may still be at it. */
export const FATES = ['answered', 'lost_after', 'lost_before', '429', 'odd', 'app'] as const
export type Fate = (typeof FATES)[number]

interface Call {
  token: string
  startedAt: number
  /** Until when X may still act on it; a call that we wait for has no end. */
  until: number
  reply: (answer: { rotation: Rotation; oddity: undefined } | NotGranted) => void
  /** Whether somebody still waits for the reply. */
  heard: boolean
}

interface Put {
  record: AccountRecord
  settle: (how: PutFate) => void
}

/** What may become of a write to KV. `hangs`: nobody waits for it any longer, and it may land within a minute. */
export const PUT_FATES = ['ok', 'fails', 'hangs'] as const
export type PutFate = (typeof PUT_FATES)[number]

export type MachineClass = new (effects: Effects) => AccountMachine

/** Long enough for everything that is ready to happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve()
}

export class World {
  now = NOW * 1000
  durable: AccountRecord | undefined
  kv: AccountRecord | undefined
  alarm: number | null = null
  machine: AccountMachine
  /** The refresh token that X takes; each success makes the next one. */
  valid = ''
  readonly calls: Call[] = []
  readonly puts: Put[] = []
  /** Imports that wait for X to say whose the tokens are. */
  readonly asked: { token: string; at: number; asOf: number; machine: AccountMachine }[] = []
  /** Whether the app is halted, and X's refusals doubted. */
  halted = false
  /** Whether the app's object does not answer yet. */
  slow = false
  /** Whether X does not confirm the end of what it gave. */
  deaf = false
  readonly wrong: string[] = []
  /** The newest pair whose reply reached us, by its refresh token. */
  delivered = ''
  /** Tokens whose call broke, so that nobody knows. */
  readonly lost = new Set<string>()
  /** Tokens that were rotated, to our knowledge: never to be presented again. */
  readonly spent = new Set<string>()
  readonly #class: MachineClass
  #serial = 0

  constructor(machine: MachineClass) {
    this.#class = machine
    this.machine = new machine(this.#effects(0))
  }

  /** A login: X ends what it gave before, and gives a new pair, which its login keeps until the account has it. */
  async login(): Promise<void> {
    this.#serial += 1
    this.valid = `r${this.#serial}`
    const given = adoption(`l${this.#serial}`, this.now)
    const grant = {
      ...given.grant,
      refreshToken: this.valid,
      ...this.#life(),
    } as typeof given.grant
    const login = { token: this.valid, adoption: { ...given, grant } }
    this.#logins.push(login)
    this.#present(login)
    await settle()
    this.check()
  }

  readonly #logins: { token: string; adoption: Adoption }[] = []

  /** Brings a login's pair to the account; a login that got no answer comes again after a crash. */
  #present(login: { token: string; adoption: Adoption }): void {
    const { machine } = this
    void machine.adopt(login.adoption).then(({ how }) => {
      if (machine !== this.machine) return
      this.#logins.splice(this.#logins.indexOf(login), 1)
      if (how === 'adopt') this.delivered = login.token
      // Given back to X.
      else if (how !== 'already' && this.valid === login.token) this.valid = 'none'
    })
  }

  /** Somebody brings the pair that X takes now: it is asked whose it is … */
  async bring(): Promise<void> {
    const { machine, valid: token, now: at } = this
    void machine.settled().then((asOf) => this.asked.push({ token, at, asOf, machine }))
    await settle()
    this.check()
  }

  /** … and X says so, if it still takes it. */
  async confirm(): Promise<void> {
    const asked = this.asked.shift()
    if (!asked || asked.machine !== this.machine || asked.token !== this.valid) return
    this.#serial += 1
    const given = adoption(`import:${this.#serial}`, asked.at + 500)
    const refreshToken = asked.token
    const grant = { ...given.grant, refreshToken, ...this.#life() } as typeof given.grant
    void this.machine.adopt({ ...given, grant, asOf: asked.asOf }).then(({ how }) => {
      if (how !== 'adopt') return
      this.delivered = refreshToken
      // What becomes of it is a new story.
      this.lost.delete(refreshToken)
    })
    await settle()
    this.check()
  }

  /** The account is disconnected, and X confirms. */
  async disconnect(): Promise<void> {
    const { machine } = this
    void machine.leave(false).then((left) => {
      if (left.ok && machine === this.machine && !this.connected()) this.delivered = ''
    })
    await settle()
    this.check()
  }

  /** The sweep has the record sealed anew. */
  async reseal(): Promise<void> {
    void this.machine.reseal(async (account) => ({ ...account }))
    await settle()
    this.check()
  }

  async suspect(): Promise<void> {
    void this.machine.suspect()
    await settle()
    this.check()
  }

  async ask(ask: Ask): Promise<void> {
    const machine = this.machine
    const { oauth2, leaving } = this.connected() ?? {}
    const good = (oauth2?.expiresAt ?? 0) * 1000 - this.now
    let answered = false
    const leased = machine.lease(ask)
    void leased.then((result) => {
      answered = true
      if (machine !== this.machine || result.ok || result.failure.code === 'account_leaving') return
      const { oauth2 } = this.connected() ?? {}
      const refused = ask.because === 'rejected' && ask.generation === oauth2?.generation
      if (oauth2 && oauth2.expiresAt * 1000 > this.now && !refused)
        this.wrong.push(`a valid token was withheld: ${result.failure.code}`)
    })
    await settle()
    // Neither X nor KV has said a word since.
    if (ask.because === 'lease' && good >= (ask.minTtl + 2) * 1000 && !leaving && !answered)
      this.wrong.push('a valid token was held back until X answers')
    this.check()
  }

  /** Decides what becomes of a call that waits. */
  async decideCall(at: number, fate: Fate): Promise<void> {
    const waiting = this.calls.filter((call) => call.until > this.now)
    const call = waiting[at % Math.max(waiting.length, 1)]
    if (!call) return
    const { token, heard } = call
    call.until = 0
    call.heard = false
    if (fate === 'lost_before' || fate === 'lost_after') {
      // It broke for us; X may be at it for half a minute more.
      if (fate === 'lost_after') this.#rotateAtX(token)
      if (heard) {
        call.until = this.now + 30_000
        this.lost.add(token)
        call.reply({ kind: 'unknown', words: fate })
      }
    } else if (fate === '429') {
      if (heard) call.reply({ kind: 'later', retryAfter: 60, words: fate })
    } else if (fate === 'odd') {
      if (heard) call.reply({ kind: 'declined', words: fate })
    } else if (fate === 'app') {
      if (heard) call.reply({ kind: 'app', failure: 'app_credentials_refused', words: fate })
    } else this.#answer({ ...call, heard })
    await settle()
    this.check()
  }

  #answer({ token, heard, reply }: Call): void {
    const before = this.connected()
    if (token !== this.valid) {
      if (!heard) return
      const wasLost = this.lost.has(token)
      reply({ kind: 'refused', what: 'token', words: 'invalid' })
      const expected = wasLost ? 'refresh_reply_lost' : 'refused_by_x'
      void settle().then(() => {
        const { ended, refreshToken } = this.connected()?.oauth2 ?? {}
        const earlier = before?.oauth2?.ended?.reason
        if (
          refreshToken === token &&
          ended &&
          ended.reason !== expected &&
          ended.reason !== earlier
        )
          this.wrong.push(`ended for ${ended.reason}, where it was ${expected}`)
      })
      return
    }
    this.#rotateAtX(token)
    if (!heard) return
    const mine = before?.oauth2?.refreshToken === token
    const rotation = { accessToken: `a${this.#serial}`, refreshToken: this.valid, ...this.#life() }
    this.spent.add(token)
    this.lost.delete(token)
    if (mine) this.delivered = this.valid
    reply({ rotation, oddity: undefined })
  }

  #rotateAtX(token: string): void {
    if (token !== this.valid) return
    this.#serial += 1
    this.valid = `r${this.#serial}`
  }

  async decidePut(at: number, how: PutFate): Promise<void> {
    this.puts.splice(at % Math.max(this.puts.length, 1), 1)[0]?.settle(how)
    await settle()
    this.check()
  }

  /** A write that nobody waits for any longer lands, over whatever is there. */
  land(): void {
    const late = this.#late.shift()
    if (late && this.now < late.until) this.kv = late.record
  }

  landAll(): void {
    while (this.#late.length > 0) this.land()
  }

  readonly #late: { record: AccountRecord; until: number }[] = []

  /** The object dies, with all that was under way in it; X may still act on its call for a minute after it began. */
  async crash(putLands: boolean): Promise<void> {
    for (const call of this.calls) {
      if (call.heard) this.lost.add(call.token)
      if (call.heard) call.until = Math.max(this.now, call.startedAt + 60_000)
      call.heard = false
    }
    // A write to KV that had left may still arrive, or not.
    if (putLands && this.puts[0]) this.kv = this.puts[0].record
    this.puts.length = 0
    this.#isRinging = false
    this.machine = new this.#class(this.#effects(++this.#lives))
    for (const login of [...this.#logins]) this.#present(login)
    await settle()
    this.check()
  }

  #lives = 0

  async tick(seconds: number): Promise<void> {
    this.now += seconds * 1000
    if (this.alarm !== null && this.alarm <= this.now && !this.#isRinging) this.#ring()
    await settle()
    this.check()
  }

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

  connected(): Connected | undefined {
    return this.durable && !isForgotten(this.durable) ? this.durable : undefined
  }

  /** What must hold at any time. */
  check(): void {
    const { oauth2 } = this.connected() ?? {}
    if (oauth2 && this.delivered !== '' && oauth2.refreshToken !== this.delivered)
      this.wrong.push(`${this.delivered} was delivered, and ${oauth2.refreshToken} is held`)
  }

  #life(): { expiresAt: number; dueAt: number } {
    const now = Math.floor(this.now / 1000)
    return { expiresAt: now + 7200, dueAt: now + 5400 }
  }

  #effects(life: number): Effects {
    const alive = () => life === this.#lives
    return {
      policy: () => 'warm',
      now: () => this.now,
      random: () => 0.5,
      newAttemptId: () => `t${++this.#serial}`,
      read: () => this.durable,
      write: (record) => {
        if (!alive()) return
        this.#generations(this.durable, record, 'the object')
        this.durable = record
      },
      erase: async () => {
        if (alive()) this.durable = undefined
      },
      setAlarm: async (at) => {
        if (!alive()) return
        this.alarm = at
        this.#isSetAnew = true
      },
      // Nobody is patient, so that whatever may go on without an answer does.
      patience: () => Promise.resolve(),
      keepAlive: () => {},
      putCopy: (record) =>
        new Promise((resolve, reject) => {
          if (!alive()) return
          this.puts.push({
            record,
            settle: (how) => {
              if (how === 'fails') return reject(new Error('KV is down'))
              if (how === 'hangs') {
                this.#late.push({ record, until: this.now + 60_000 })
                return resolve('unanswered')
              }
              this.#generations(this.kv, record, 'KV')
              this.kv = record
              resolve('put')
            },
          })
        }),
      prepare: async (account) => ({
        send: () => new Promise((reply) => this.#send(account.oauth2?.refreshToken ?? '', reply)),
      }),
      permit: () => this.#app(alive, () => (this.halted ? { code: 'app_halted' } : undefined)),
      refused: () => this.#app(alive, () => (this.halted ? { code: 'app_halted' } : undefined)),
      appRefused: () => this.#app(alive, () => undefined),
      paused: () => this.#app(alive, () => undefined),
      endAtX: async (account, kinds) => {
        if (this.deaf) return { ended: [], words: 'X did not hear of it.' }
        if (account.oauth2?.refreshToken === this.valid) this.valid = 'none'
        return { ended: [...kinds], words: undefined }
      },
      ownerAtX: async () => 'nobody asks',
      log: () => {},
    }
  }

  /** The app's object answers at once, or when it gets round to it; a crash may come before. */
  async #app<T>(alive: () => boolean, answer: () => T): Promise<T> {
    if (this.slow) await new Promise<void>((wake) => this.#unanswered.push(wake))
    // A dead object hears nothing any more.
    return alive() ? answer() : new Promise(() => {})
  }

  readonly #unanswered: (() => void)[] = []

  /** The app's object takes its time, or answers whoever waits. */
  async slowDown(slow: boolean): Promise<void> {
    this.slow = slow
    if (!slow) for (const wake of this.#unanswered.splice(0)) wake()
    await settle()
    this.check()
  }

  #send(token: string, reply: Call['reply']): void {
    const running = this.calls.filter((call) => call.until > this.now)
    if (running.some((call) => call.heard)) this.wrong.push('two calls at once')
    if (running.some((call) => call.token === token))
      this.wrong.push('presented again while an earlier call may still run')
    if (this.spent.has(token))
      this.wrong.push(`${token} was presented again, though it was rotated`)
    this.calls.push({
      token,
      startedAt: this.now,
      until: Number.POSITIVE_INFINITY,
      reply,
      heard: true,
    })
  }

  #generations(before: AccountRecord | undefined, after: AccountRecord, where: string): void {
    const of = (record: AccountRecord | undefined) =>
      record && !isForgotten(record) ? (record.oauth2?.generation ?? 0) : 0
    // What was forgotten on purpose is no older generation.
    if (!isForgotten(after) && of(after) < of(before))
      this.wrong.push(`an older generation overwrote a newer one in ${where}`)
  }
}

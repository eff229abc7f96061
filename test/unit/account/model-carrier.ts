import type { RefreshAnswer } from '../../../src/account/answer'
import { type CarryEffects, carry, type Receipt } from '../../../src/account/carry'
import type { AccountMachine } from '../../../src/account/machine'
import type { Attempt, Connected } from '../../../src/account/record'
import { Failure } from '../../../src/failure'
import { type Manners, NONE, type X } from './model-x'

/**
 * What becomes of the next step of a carrier. A delivery is `lost` on its way there, or `unanswered`, with its reply
 * lost; `twice`: it comes once more later. A carrier that has to open the token first cannot, where it is not `well`.
 */
export const TURNS = ['well', 'lost', 'unanswered', 'twice'] as const
export type Turn = (typeof TURNS)[number]

/** A delivery in flight is lost with its carrier, or lands later. */
export const DEATHS = ['lost', 'lands later'] as const
export type Death = (typeof DEATHS)[number]

/** One attempt under way. */
interface Carrying {
  attempt: Attempt
  /** Which instance of the object began it. */
  life: number
  token: string
  /** Whether an earlier answer about the token was lost already when this attempt began. */
  wasLost: boolean
  isDead: boolean
  isTaken: boolean
  /** Whether an object has said that it need not be offered again. */
  isOver: boolean
  /** The answer that it has, and no object is known to have taken. */
  answer: RefreshAnswer | undefined
  /** Goes on with the step that it waits for. */
  goOn: ((turn: Turn) => void) | undefined
  broke: (why: Error) => void
}

/** What the carriers have to know of the world. */
interface Surroundings {
  now: () => number
  wrong: (what: string) => void
  /** What is durable. */
  account: () => Connected | undefined
  /** Whichever object is the account's now. */
  machine: () => AccountMachine
  /** An object has this pair, be it in memory. */
  delivered: (token: string) => void
}

/** The carriers of one account’s attempts: each outlives the object that sent it, or dies before. */
export class Carriers {
  /** Whether each step waits to be decided. */
  isSlow = false
  readonly #world: Surroundings
  readonly #x: X
  readonly #manners: Manners
  readonly #running = new Set<Carrying>()
  /** Deliveries that land later, or again. */
  readonly #late: { carrying: Carrying; answer: RefreshAnswer }[] = []
  #last: Carrying | undefined
  #timers: { at: number; wake: () => void }[] = []

  constructor(world: Surroundings, x: X, manners: Manners) {
    this.#world = world
    this.#x = x
    this.#manners = manners
  }

  /** Sets out with an attempt whose journal is durable. Rejects when the carrier dies. */
  setOut(account: Connected, attempt: Attempt, life: number): Promise<void> {
    const token = (attempt.by ? account.oauth1?.token : account.oauth2?.refreshToken) ?? ''
    if (this.#world.account()?.disconnecting)
      this.#world.wrong(`${token} was presented during a DELETE`)
    return new Promise((done, broke) => {
      const wasLost = this.#x.lost.has(token)
      const fresh = {
        isDead: false,
        isTaken: false,
        isOver: false,
        answer: undefined,
        goOn: undefined,
      }
      const carrying: Carrying = { attempt, life, token, wasLost, broke, ...fresh }
      // Until an object has the answer, nobody knows.
      this.#x.lost.add(token)
      this.#last = carrying
      this.#running.add(carrying)
      const errand = { account: account.id, refreshToken: token, clientId: '', attempt }
      void carry(errand, this.#effects(carrying), this.#manners.timeForCall).then(() => {
        this.#running.delete(carrying)
        const isDoubtOver = this.#world.now() >= (attempt.startedAt + 110) * 1000
        if (!carrying.isOver && !isDoubtOver)
          this.#world.wrong(`the answer about ${token} was given up too early`)
        done()
      })
    })
  }

  #effects(carrying: Carrying): CarryEffects {
    const { now } = this.#world
    return {
      now,
      sleep: (ms) => new Promise((wake) => this.#timers.push({ at: now() + ms, wake })),
      ready: async () => {
        if ((await this.#turn(carrying)) !== 'well') throw new Failure('sealed_unreadable')
        return (ms) => this.#x.present(carrying.token, carrying, ms)
      },
      deliver: async (_, answer) => {
        carrying.answer = answer
        const turn = await this.#turn(carrying)
        if (turn === 'lost') throw new Error('the object is not reached')
        if (turn === 'twice') this.#late.push({ carrying, answer })
        const receipt = this.#offer(carrying, answer)
        if (turn === 'unanswered') throw new Error('the reply got lost')
        return receipt
      },
      log: () => {},
    }
  }

  #turn(carrying: Carrying): Promise<Turn> {
    if (carrying.isDead) return new Promise(() => {})
    if (!this.isSlow) return Promise.resolve('well')
    return new Promise((goOn) => {
      carrying.goOn = goOn
    })
  }

  #offer(carrying: Carrying, answer: RefreshAnswer): Receipt {
    const { account, machine, wrong } = this.#world
    const { token, attempt } = carrying
    const known = machine().read()
    const before = account()
    const receipt = machine().deliver(attempt.id, answer)
    if (receipt === 'taken' && machine().read()?.oauth2 !== account()?.oauth2)
      wrong(`the answer about ${token} was said to be taken, and is in memory alone`)
    if (receipt !== 'in_memory') carrying.isOver = true
    if (receipt === 'unwanted') {
      const held = attempt.by ? NONE : known?.oauth2?.refreshToken
      const isWanted = this.#last === carrying && held === token
      if (isWanted && !carrying.isTaken) wrong(`the answer about ${token} was not taken`)
      return receipt
    }
    if (carrying.isTaken) {
      if (before !== account()) wrong(`the answer about ${token} came again, and changed something`)
      return receipt
    }
    carrying.isTaken = true
    if ('rotation' in answer) {
      this.#x.taken(token)
      this.#world.delivered(answer.rotation.refreshToken ?? '')
    } else if (answer.kind !== 'unknown') {
      if (!carrying.wasLost) this.#x.lost.delete(token)
      if (answer.kind === 'refused' && !attempt.by)
        this.#x.judgeEnd(token, carrying.wasLost, before)
    }
    return receipt
  }

  /** What only a dead object knew is known to no object any more; its carrier may be at it yet. */
  forget(): void {
    for (const carrying of this.#running) carrying.isTaken = false
    for (const { carrying } of this.#late) carrying.isTaken = false
  }

  /** A carrier that waits goes on. */
  getOn(at: number, turn: Turn): void {
    const waiting = [...this.#running].filter(({ goOn }) => goOn)
    const carrying = waiting[at % Math.max(waiting.length, 1)]
    if (!carrying) return
    const { goOn } = carrying
    carrying.goOn = undefined
    goOn?.(turn)
  }

  /** A carrier dies, wherever it is; X may be at its call for as long as the doubt lasts. */
  die(at: number, how: Death): void {
    const carrying = [...this.#running][at % Math.max(this.#running.size, 1)]
    if (!carrying) return
    this.#running.delete(carrying)
    carrying.isDead = true
    this.#x.orphan(carrying.attempt)
    const { answer } = carrying
    if (answer && how === 'lands later') this.#late.push({ carrying, answer })
    carrying.goOn = undefined
    carrying.broke(new Error('the carrier died'))
  }

  /** A delivery that nobody waits for any more reaches an object. */
  land(): void {
    const late = this.#late.shift()
    if (late) this.#offer(late.carrying, late.answer)
  }

  /** From now on all goes well. */
  calmDown(): void {
    this.isSlow = false
    for (let n = this.#running.size; n > 0; n--) this.getOn(0, 'well')
    while (this.#late.length > 0) this.land()
  }

  tick(): void {
    const now = this.#world.now()
    const over = this.#timers.filter(({ at }) => at <= now)
    this.#timers = this.#timers.filter(({ at }) => at > now)
    for (const { wake } of over) wake()
  }
}

import { Failure } from '../../../src/failure'
import { LOGIN_TTL_SECONDS } from '../../../src/limits'
import type { SealedExchange, Whose } from '../../../src/login/effects'
import type { UnadoptedGrant } from '../../../src/login/grant'
import type { Renewed } from '../../../src/login/renewal'

/** What may become of an exchange. Of a `cut` reply the access token arrives and the refresh token does not. */
export const EXCHANGE_FATES = ['lost_before', 'lost_after', 'cut', '429', 'app', 'odd'] as const
export type ExchangeFate = 'answered' | (typeof EXCHANGE_FATES)[number]

export const USERS = ['1001', '1002'] as const
export type UserId = (typeof USERS)[number]

const CODE_LIVES_MS = 30_000

interface Code {
  user: UserId
  madeAt: number
  isUsed: boolean
  sent: number
  /** Whether nobody heard how an earlier call ended. */
  isLost: boolean
}

interface Exchange {
  code: string
  reply: (outcome: SealedExchange) => void
  /** Whether somebody still waits for the reply. */
  heard: boolean
}

/** How a pair of the second app begins, behind the user. */
const LOGIN_APP = '@login'

/** X as logins see it: codes that work once, and one live grant for each user and app. */
export class X {
  readonly codes = new Map<string, Code>()
  /** The pair that it takes of each user, and of each user of the second app. */
  readonly live = new Map<string, string>()
  readonly #app: '' | typeof LOGIN_APP
  /** Pairs whose reply was lost: nobody can know them. */
  readonly undelivered = new Set<string>()
  /** Pairs whose reply arrived. */
  readonly delivered = new Set<string>()
  readonly #exchanges: Exchange[] = []
  readonly #now: () => number
  readonly #wrong: (what: string) => void
  #serial = 0

  /** @param loginApp - whether the codes are for the second app */
  constructor(now: () => number, wrong: (what: string) => void, loginApp: boolean) {
    this.#app = loginApp ? LOGIN_APP : ''
    this.#now = now
    this.#wrong = wrong
  }

  /** A user approves. @returns the code */
  approve(user: UserId): string {
    const code = `code${this.codes.size}`
    this.codes.set(code, { user, madeAt: this.#now(), isUsed: false, sent: 0, isLost: false })
    return code
  }

  /** A pair that an account got elsewhere. */
  give(user: UserId): string {
    return this.#give(user)
  }

  #give(owner: string): string {
    this.#serial += 1
    const pair = `${owner}/${this.#serial}`
    this.live.set(owner, pair)
    return pair
  }

  exchange(code: string): Promise<SealedExchange> {
    const known = this.codes.get(code)
    if (known) {
      known.sent += 1
      if (known.sent > 1 && !known.isLost) this.#wrong(`${code} was sent again, though X answered`)
      if (known.sent > 2) this.#wrong(`${code} was sent ${known.sent} times`)
      if (this.#now() > known.madeAt + LOGIN_TTL_SECONDS * 1000)
        this.#wrong(`${code} was sent after its login had ended`)
    }
    if (this.#exchanges.some((call) => call.heard && call.code === code))
      this.#wrong(`${code} was sent twice at once`)
    return new Promise((reply) => this.#exchanges.push({ code, reply, heard: true }))
  }

  get isWaitedFor(): boolean {
    return this.#exchanges.length > 0
  }

  decide(at: number, fate: ExchangeFate): void {
    const call = this.#exchanges.splice(at % Math.max(this.#exchanges.length, 1), 1)[0]
    if (!call) return
    const { code, heard } = call
    const reply = heard ? call.reply : () => undefined
    const known = this.codes.get(code)
    if (fate === '429' || fate === 'app') {
      // X did not act, so the same code may come again; if nobody heard that, nobody knows.
      if (known && heard) known.sent -= 1
      reply(
        fate === '429'
          ? { kind: 'later', retryAfter: 5, message: fate }
          : { kind: 'app', failure: 'app_credentials_refused', message: fate },
      )
      return
    }
    if (fate === 'odd') {
      reply({ kind: 'declined', message: fate })
      return
    }
    if (fate === 'lost_before') {
      if (known) known.isLost = true
      reply({ kind: 'unknown', message: fate })
      return
    }
    const isGood = known && !known.isUsed && this.#now() <= known.madeAt + CODE_LIVES_MS
    if (!isGood) {
      reply({ kind: 'refused', what: 'code', message: 'invalid' })
      return
    }
    known.isUsed = true
    const pair = this.#give(known.user + this.#app)
    if (!heard || fate === 'lost_after' || fate === 'cut') {
      known.isLost = true
      this.undelivered.add(pair)
      const cut = { tokens: { accessToken: 'a' } as never }
      reply({ kind: 'unknown', message: fate, ...(fate === 'cut' ? { cut } : {}) })
      return
    }
    this.delivered.add(pair)
    reply({ kind: 'granted', grant: this.#grant(pair) })
  }

  #grant(pair: string): UnadoptedGrant {
    const now = this.#now()
    return { sealed: pair, obtainedAtMs: now, expiresAt: Math.floor(now / 1000) + 7200 }
  }

  /** Nobody knows any more what X answered to this code. */
  unheard(code: string): void {
    const known = this.codes.get(code)
    if (known) known.isLost = true
  }

  /** The object that waits for the replies is dead; X may act on its calls all the same. */
  orphan(): void {
    for (const call of this.#exchanges) {
      const known = this.codes.get(call.code)
      if (known) known.isLost = true
      call.heard = false
    }
  }

  whose(pair: string): Whose {
    const user = userOf(pair)
    const owner = ownerOf(pair)
    // X says no to an ended token as it does in a bad moment.
    if (this.live.get(owner) !== pair) return { kind: 'later', message: 'X answered 401.' }
    return { kind: 'user', user: { id: user, username: `user${user}`, name: user } }
  }

  renew(pair: string, isLost: boolean): Renewed {
    const owner = ownerOf(pair)
    if (this.live.get(owner) !== pair) return { kind: 'dead', message: 'invalid' }
    const next = this.#give(owner)
    if (isLost) {
      this.undelivered.add(next)
      return { kind: 'failed', message: 'lost' }
    }
    this.delivered.add(next)
    return { kind: 'renewed', grant: this.#grant(next) }
  }

  end(pair: string): void {
    const owner = ownerOf(pair)
    if (this.live.get(owner) === pair) this.live.delete(owner)
  }
}

const ownerOf = (pair: string): string => pair.split('/')[0] ?? ''

export const userOf = (pair: string): UserId => ownerOf(pair).split('@')[0] as UserId

/** Whether the second app was given this pair. */
export const isOfLoginApp = (pair: string): boolean => ownerOf(pair).endsWith(LOGIN_APP)

/** What X says of a user whom it will not name. */
export const REFUSED: Whose = {
  kind: 'refused',
  failure: new Failure('plan_refused', 'no credits').data,
}

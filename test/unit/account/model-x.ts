import type { RefreshAnswer, Rotation } from '../../../src/account/answer'
import { timeForCall } from '../../../src/account/carry'
import type { EndNote } from '../../../src/account/ended-at-x'
import type { Attempt, Connected } from '../../../src/account/record'
import type { RevokedAtX } from '../../../src/account/revoke-at-x'
import { ONCE_CALL_TIMEOUT_MS } from '../../../src/limits'
import { type Reply as Read, readReply } from '../../../src/oauth/token'
import type { GrantKind, VaultAccount, VaultOAuth1, VaultOAuth2 } from '../../../src/store/vault'
import { judge, type Outcome } from '../../../src/x/answer'

/**
 * What may become of a refresh. `lost` ones break: X may or may not have acted, and may still be at it. Of a reply that
 * is `cut`, so many bytes do not arrive.
 */
export const FATES = [
  'answered',
  'lost_after',
  'lost_before',
  '429',
  'odd',
  'app',
  'cut 1',
  'cut 5',
  'cut 40',
  'cut 999',
] as const
export type Fate = (typeof FATES)[number]
/**
 * What X confirms of what it is to end: all, nothing, or one kind; `half`: it ends all, and says so of refresh tokens alone.
 */
export const END_FATES = ['ok', 'deaf', 'oauth2', 'oauth1', 'half'] as const
export type EndFate = (typeof END_FATES)[number]

/** How Perch behaves towards X outside of the account's machine; a seeded bug behaves otherwise. */
export interface Manners {
  /** How long a call to X is waited for, milliseconds. */
  timeoutMs: number
  /** What is read of a reply. */
  read: (reply: Parameters<typeof readReply>[0]) => Read
  /** How long a carrier may call when it begins now. */
  timeForCall: typeof timeForCall
}

export const MANNERS: Manners = { timeoutMs: ONCE_CALL_TIMEOUT_MS, read: readReply, timeForCall }

/** X answers late at times, but not later than this. */
const X_ANSWERS_MS = 60_000

interface Call {
  token: string
  attempt: Attempt
  /** Which instance of the object began it. */
  life: number
  startedAt: number
  /** When it is given up, Unix milliseconds. */
  givenUpAt: number
  /** Until when X may still act on it; a call that we wait for has no end of its own. */
  until: number
  reply: (answer: RefreshAnswer) => void
  /** Whether somebody still waits for the reply. */
  heard: boolean
}

interface End {
  grants: (VaultOAuth1 | VaultOAuth2)[]
  pairs: (string | undefined)[]
  userToken: string | undefined
  kinds: readonly GrantKind[]
  reply: (ended: RevokedAtX) => void
}

/** What X has to know of the world. */
export interface Surroundings {
  now: () => number
  account: () => Connected | undefined
  wrong: (what: string) => void
  /** Whether a login is under way that its account does not know of. */
  hasLateLogin: () => boolean
}

const REFUSED: RefreshAnswer = { kind: 'refused', what: 'token', message: 'invalid' }

/** No token at all. */
export const NONE = 'none'

export class X {
  /** The refresh token that it takes; each success makes the next one. */
  valid = NONE
  /** The OAuth 1.0a token that it takes. */
  userToken = NONE
  /** An exchange has ended the pair of a login that its account did not know of yet. */
  hasCrossed = false
  /** Tokens whose call broke, or whose answer no object has, so that nobody knows. */
  readonly lost = new Set<string>()
  /**
   * Tokens of which nobody can tell whether a lost reply or X ended them: those that came back for an import that X
   * refused, and those whose refusal the storage did not take before the object died.
   */
  readonly again = new Set<string>()
  /** Tokens that were rotated, to our knowledge: never to be presented again. */
  readonly #spent = new Set<string>()
  readonly #calls: Call[] = []
  readonly #ends: End[] = []
  readonly #world: Surroundings
  readonly #manners: Manners
  #serial = 0

  constructor(world: Surroundings, manners: Manners) {
    this.#world = world
    this.#manners = manners
  }

  /** A login: what X gave before has ended. */
  give(): string {
    this.#serial += 1
    this.valid = `r${this.#serial}`
    return this.valid
  }

  /** The same token as long as it is good. */
  giveUserToken(): string {
    this.#serial += 1
    if (this.userToken === NONE) this.userToken = `u${this.#serial}`
    return this.userToken
  }

  /** A carrier presents a token, a refresh token or one of OAuth 1.0a, and waits so long for the answer. */
  present(
    token: string,
    { attempt, life }: { attempt: Attempt; life: number },
    timeoutMs: number,
  ): Promise<RefreshAnswer> {
    const { now, wrong } = this.#world
    const running = this.#calls.filter((call) => call.until > now())
    // A login may have brought another grant before its object died: then the call for the one before it is no matter.
    if (running.some((call) => call.heard && (call.life === life || call.token === token)))
      wrong('two calls at once')
    // Of two exchanges each ends the other's pair, and so does an exchange with what a refresh brings. What a login brought
    // meanwhile is another matter: it heals.
    const isCrossed = (call: Call) =>
      (call.attempt.by ?? attempt.by) && call.attempt.generation === attempt.generation
    if (running.some((call) => call.token === token || isCrossed(call)))
      wrong('presented again while an earlier call may still run')
    if (this.#spent.has(token)) wrong(`${token} was presented again, though it was rotated`)
    return new Promise((reply) => {
      const until = Number.POSITIVE_INFINITY
      const startedAt = now()
      const givenUpAt = startedAt + Math.min(timeoutMs, this.#manners.timeoutMs)
      this.#calls.push({ token, attempt, life, startedAt, givenUpAt, until, reply, heard: true })
    })
  }

  end(account: VaultAccount, kinds: readonly GrantKind[]): Promise<RevokedAtX> {
    const { oauth2, oauth1, formers = [] } = account
    const pairs = [oauth2, ...formers].map((grant) => grant?.refreshToken)
    const userToken = oauth1?.token
    const held = [...(kinds.includes('oauth2') ? [oauth2, ...formers] : [])]
    const grants = [...held, kinds.includes('oauth1') ? oauth1 : undefined].filter(
      (grant) => !!grant,
    )
    return new Promise((reply) => this.#ends.push({ grants, pairs, userToken, kinds, reply }))
  }

  decideEnd(at: number, fate: EndFate): void {
    const end = this.#ends.splice(at % Math.max(this.#ends.length, 1), 1)[0]
    if (!end) return
    const revoked = end.kinds.filter((kind) => fate === 'ok' || fate === kind)
    this.#end(end, fate === 'half' ? end.kinds : revoked)
    const all = revoked.length === end.kinds.length
    const half = (grant: End['grants'][number]): EndNote => ({
      grant,
      tokens: 'token' in grant ? { token: 'unheard' } : { refreshToken: 'ended' },
    })
    const notes = fate === 'half' ? end.grants.map(half) : []
    for (const { grant } of notes) if ('refreshToken' in grant) this.#ended.add(grant.refreshToken)
    end.reply({ revoked, message: all ? undefined : 'X did not hear of it.', notes })
  }

  /** Refresh tokens that a DELETE has ended, though their account stayed. */
  readonly #ended = new Set<string | undefined>()

  #end({ pairs, userToken }: End, kinds: readonly GrantKind[]): void {
    if (kinds.includes('oauth2')) for (const pair of pairs) this.giveBack(pair)
    if (kinds.includes('oauth1')) this.giveBack(userToken)
  }

  giveBack(token: string | undefined): void {
    if (token === this.valid) this.valid = NONE
    if (token === this.userToken) this.userToken = NONE
  }

  get isWaitedFor(): boolean {
    return this.#ends.length > 0 || this.#calls.some((call) => call.until > this.#world.now())
  }

  /** Decides what becomes of a refresh that waits. */
  decide(at: number, fate: Fate): void {
    const waiting = this.#calls.filter((call) => call.until > this.#world.now())
    const call = waiting[at % Math.max(waiting.length, 1)]
    if (!call) return
    const { token, heard } = call
    const cut = /^cut (\d+)$/.exec(fate)?.[1]
    call.until = 0
    call.heard = false
    const reply = heard ? call.reply : () => undefined
    if (fate === 'answered') {
      if (this.#takes(token)) this.#grant({ ...call, heard })
      else reply(REFUSED)
    } else if (cut !== undefined) {
      // X begins a 2xx only for a token that it takes.
      if (this.#takes(token)) this.#cut({ ...call, heard }, Number(cut))
      else reply(REFUSED)
    } else if (fate === '429') reply({ kind: 'later', retryAfter: 60, message: fate })
    else if (fate === 'odd') reply({ kind: 'declined', message: fate })
    else if (fate === 'app')
      reply({ kind: 'app', failure: 'app_credentials_refused', message: fate })
    else {
      if (fate === 'lost_after') this.#rotate(token)
      if (!heard) return
      // It broke for us; X may be at it for half a minute more.
      call.until = this.#world.now() + 30_000
      reply({ kind: 'unknown', message: fate })
    }
  }

  #grant({ token, heard, reply, startedAt }: Call): void {
    this.#rotate(token)
    if (!heard && startedAt + X_ANSWERS_MS >= this.#world.now() && this.#gaveUp.has(startedAt))
      this.#world.wrong(`X answered with ${this.valid}, and nobody listened any more`)
    const client = isUserToken(token) ? { clientId: 'client' } : {}
    if (heard) reply({ rotation: { ...this.#rotation(), ...client }, nonconformity: undefined })
  }

  /** An object has the pair that came of this token. */
  taken(token: string): void {
    if (!isUserToken(token)) this.#spent.add(token)
    this.lost.delete(token)
  }

  #rotation(): Rotation {
    return {
      accessToken: `a-${this.valid}`,
      refreshToken: this.valid,
      ...life(this.#world),
    }
  }

  /** X acts and answers, and the last bytes of its answer do not arrive. */
  #cut({ token, heard, reply }: Call, bytes: number): void {
    this.#rotate(token)
    if (!heard) return
    const { valid } = this
    const text = JSON.stringify({ access_token: `a-${valid}`, refresh_token: valid, scope: 's' })
    const arrived = text.slice(0, Math.max(text.length - bytes, 0))
    const headers = new Headers()
    const read = this.#manners.read({ status: 200, headers, text: arrived, isWhole: false })
    const answer = judge(read, 'token', this.#world.now() / 1000)
    const isWhole = arrived.includes(`"${valid}"`)
    if (isWhole && answer.kind !== 'granted')
      this.#world.wrong(`${valid} was delivered, and thrown away`)
    reply(this.#answerOf(answer, isUserToken(token)))
  }

  #answerOf(answer: Outcome, isExchanged: boolean): RefreshAnswer {
    const client = isExchanged ? { clientId: 'client' } : {}
    if (answer.kind === 'granted')
      return { rotation: { ...this.#rotation(), ...client }, nonconformity: undefined }
    if (answer.kind !== 'unknown') return answer
    const { cut, ...unknown } = answer
    if (!cut) return unknown
    if (isExchanged) return { ...unknown, cut: { rotation: undefined } }
    const kept = cut.tokens && { accessToken: `a-${this.valid}`, ...life(this.#world) }
    return { ...unknown, cut: { rotation: kept } }
  }

  /** Calls that took too long: Perch has given them up, and X may act on them all the same. */
  giveUp(): void {
    const { now } = this.#world
    for (const call of this.#calls) {
      if (!call.heard || call.until <= now()) continue
      if (call.givenUpAt > now()) continue
      call.heard = false
      // Perch gave up on time, however far the clock was set at once.
      call.until = call.givenUpAt + 30_000
      this.#gaveUp.add(call.startedAt)
      call.reply({ kind: 'unknown', message: 'late' })
    }
  }

  readonly #gaveUp = new Set<number>()

  /** What X answered to this token was heard, and is lost all the same. */
  unheard(token: string): void {
    this.#spent.delete(token)
    this.lost.add(token)
  }

  /** An object has heard that X refuses this token. `before`: the account until then. */
  judgeEnd(token: string, wasLost: boolean, before: Connected | undefined): void {
    // A forced DELETE asks X while a refresh runs. Which of the two X refused it for, nobody can tell, and all of it goes.
    if (before?.disconnecting?.force) return
    // The reply that got lost may be an exchange's: that ends the pair as well.
    if ([...this.lost].some(isUserToken)) return
    const byX = wasLost ? 'refresh_reply_lost' : 'refused_by_x'
    const why = before?.revokedAtX ? 'revoked_by_user' : byX
    const expected = this.#ended.has(token) ? 'ended_by_delete' : why
    const earlier = before?.oauth2?.ended?.reason
    const { ended, refreshToken } = this.#world.account()?.oauth2 ?? {}
    if (refreshToken !== token || !ended) return
    if (ended.reason !== expected && ended.reason !== earlier && !this.again.has(token))
      this.#world.wrong(`ended for ${ended.reason}, where it was ${expected}`)
  }

  #takes(token: string): boolean {
    return token !== NONE && (token === this.valid || token === this.userToken)
  }

  /** By giving a pair X ends the one before it; an OAuth 1.0a token that it was given for stays. */
  #rotate(token: string): void {
    if (!this.#takes(token)) return
    if (isUserToken(token) && this.#world.hasLateLogin()) this.hasCrossed = true
    this.#serial += 1
    this.valid = `r${this.#serial}`
  }

  /** The carrier of this attempt is dead: X may act on its call until the doubt about it is over. */
  orphan({ id, startedAt }: Attempt): void {
    for (const call of this.#calls) {
      if (!call.heard || call.attempt.id !== id) continue
      call.until = Math.max(this.#world.now(), startedAt * 1000 + 120_000)
      call.heard = false
    }
  }

  /** The object that waits for the ends is dead. */
  orphanEnds(isHeard: boolean): void {
    for (const end of this.#ends.splice(0)) {
      if (isHeard) this.#end(end, end.kinds)
      // Whether X was asked before the object died, nobody can tell.
      const known = isHeard ? this.#ended : this.again
      if (end.kinds.includes('oauth2')) for (const pair of end.pairs) known.add(pair ?? NONE)
    }
  }
}

/** How long a pair lives that is given now. */
export function life({ now }: Pick<Surroundings, 'now'>): { expiresAt: number; dueAt: number } {
  const seconds = Math.floor(now() / 1000)
  return { expiresAt: seconds + 7200, dueAt: seconds + 5400 }
}

/** Whether it is a token of OAuth 1.0a, which X takes again and again. */
export const isUserToken = (token: string): boolean => token.startsWith('u')

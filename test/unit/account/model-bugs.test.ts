/** Bugs that are put in on purpose: a model that does not find them would not find others. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Adoption, confirmed } from '../../../src/account/adoption'
import { Counsel } from '../../../src/account/counsel'
import type { Decision, LeaseRequest } from '../../../src/account/decide'
import type { Effects } from '../../../src/account/effects'
import { askedFor, type ExchangeRequest } from '../../../src/account/exchange'
import { HeldRecord } from '../../../src/account/held-record'
import { KvCopy } from '../../../src/account/kv-copy'
import { AccountMachine } from '../../../src/account/machine'
import type { AccountRecord, Connected } from '../../../src/account/record'
import { Refresher } from '../../../src/account/refresher'
import { used } from '../../../src/account/use'
import { secondsOf } from '../../../src/clock'
import { done, type FailureData, failed } from '../../../src/failure'
import { ONCE_CALL_TIMEOUT_MS } from '../../../src/limits'
import { readReply } from '../../../src/oauth/token'
import type { RefreshPolicy } from '../../../src/setting-values'
import type { GrantKind, VaultAccount } from '../../../src/store/vault'
import { SEARCH, TIMEOUT_MS } from './model-budget'
import { property } from './model-histories'
import type { MachineClass } from './model-world'
import { MANNERS, type Manners } from './model-x'

/** A machine whose record is held in another way. */
const machineWith = (Held: new (effects: Effects) => HeldRecord): MachineClass =>
  class extends AccountMachine {
    constructor(effects: Effects) {
      super(effects, new Held(effects))
    }
  }

/** What a refresher stands on. */
const below = (effects: Effects): [Effects, HeldRecord, KvCopy] => {
  const held = new HeldRecord(effects)
  return [effects, held, new KvCopy(effects, held)]
}

/** A machine that refreshes in another way. */
const refreshingWith = (refresherOn: (...parts: ReturnType<typeof below>) => Refresher) =>
  class extends AccountMachine {
    constructor(effects: Effects) {
      const parts = below(effects)
      super(...parts, refresherOn(...parts))
    }
  }

/** Single flight removed: whoever wants a refresh makes one. */
class WithoutJoining extends Refresher {
  override refresh(forced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    return this.attempt(forced, permitted).catch(() => undefined)
  }
}
class NoSingleFlight extends refreshingWith((...parts) => new WithoutJoining(...parts)) {
  protected override decide(account: Connected, ask: LeaseRequest): Decision {
    const { attempt: _, forced: __, ...rest } = account
    return super.decide(rest, ask)
  }
}

/** Commit after the KV write: the new pair is durable only once KV has it. */
class WrittenAfterKv extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const before = this.connected?.oauth2?.generation ?? 0
    const grew = 'oauth2' in next && (next.oauth2?.generation ?? 0) > before && before > 0
    if (!grew) {
      super.write(next, alarmInMs)
      return
    }
    this.record = next
    const commit = () => super.write(next, alarmInMs)
    void this.fx
      .putCopy(next)
      .then(commit, commit)
      .catch(() => undefined)
  }
}
const CommitAfterKv = machineWith(WrittenAfterKv)

/** Retry while in flight: neither a journal nor a broken call is waited for. */
class RetryInFlight extends AccountMachine {
  protected override decide(account: Connected, ask: LeaseRequest): Decision {
    const { attempt: _, oauth2, ...rest } = account
    if (!oauth2?.failure) return super.decide({ ...rest, ...(oauth2 ? { oauth2 } : {}) }, ask)
    const failure = { ...oauth2.failure, retryAt: 0 }
    return super.decide({ ...rest, oauth2: { ...oauth2, failure } }, ask)
  }
}

/** An import is taken whatever a refresh did since X was asked whose it is. */
class ImportTakenBlindly extends AccountMachine {
  override adopt(adoption: Adoption): ReturnType<AccountMachine['adopt']> {
    const { asOf: _, ...rest } = adoption
    return super.adopt(rest)
  }
}

/** With the next write that KV takes it is forgotten that an earlier one may land yet. */
class WithoutLateWrites extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { kv, ...rest } = next
    super.write(kv?.refusals === 0 ? rest : next, alarmInMs)
  }
}
const LateWriteForgotten = machineWith(WithoutLateWrites)

/** Two logins are ordered by when their codes were sent. */
class OrderedBySending extends AccountMachine {
  override adopt(adoption: Adoption): ReturnType<AccountMachine['adopt']> {
    const obtainedAtMs = adoption.sentAtMs ?? adoption.grant.obtainedAtMs
    return super.adopt({ ...adoption, grant: { ...adoption.grant, obtainedAtMs } })
  }
}

/** What the storage refuses is thrown away. */
class Discarding extends Refresher {
  protected override commit(next: Connected): void {
    try {
      this.held.write(next)
    } catch {
      // Nobody is told, and the carrier hears that its answer was taken.
    }
  }
}
const ThrownAway = refreshingWith((...parts) => new Discarding(...parts))

/** An answer is taken for whichever attempt is under way. */
class Undiscerning extends Refresher {
  protected override awaiting(account: Connected, attemptId: string): Connected | undefined {
    return account.attempt ? account : super.awaiting(account, attemptId)
  }
}
const AnyAttempt = refreshingWith((...parts) => new Undiscerning(...parts))

/** The app's object is waited for as long as it takes. */
class EndlessPatience extends Counsel {
  protected override ask<T>(asked: Promise<T>): Promise<T> {
    return asked
  }
}
const AppWaitedFor = refreshingWith(
  (...parts) => new Refresher(...parts, new EndlessPatience(...parts)),
)

/** What was sealed anew is written over whatever came meanwhile. */
class ResealedBlindly extends AccountMachine {
  override async reseal(
    seal: (account: VaultAccount) => Promise<VaultAccount | undefined>,
  ): Promise<void> {
    const account = this.held.connected
    const sealed = account && !account.attempt && !account.disconnecting && (await seal(account))
    if (sealed) this.held.write({ ...account, ...sealed })
  }
}

/** What X says of one grant is noted on whichever is held by then. */
class NotedOnAnother extends AccountMachine {
  override async confirm(kind: GrantKind): ReturnType<AccountMachine['confirm']> {
    const account = this.held.connected
    if (!account?.[kind]?.unconfirmed) return this.read()
    const owner = await this.fx.ownerAtX(account, kind)
    const now = this.held.connected
    if (now?.[kind] && !('message' in owner))
      this.held.write(confirmed(now, kind, owner, Math.floor(this.fx.now() / 1000)))
    await this.publish()
    return this.read()
  }
}

/** A doubt is tried again by alarm without a word to the app's object. */
class PermittedByAlarm extends Refresher {
  isAlarm = false
  override refresh(forced: boolean, permitted: boolean): Promise<FailureData | undefined> {
    return super.refresh(forced, permitted || this.isAlarm)
  }
}
class AlarmUnasked extends AccountMachine {
  readonly #permitted: PermittedByAlarm
  constructor(effects: Effects) {
    const parts = below(effects)
    const refresher = new PermittedByAlarm(...parts)
    super(...parts, refresher)
    this.#permitted = refresher
  }
  override async alarm(): Promise<void> {
    this.#permitted.isAlarm = true
    const rung = super.alarm()
    this.#permitted.isAlarm = false
    await rung
  }
}

/** What an import takes the place of is dropped at once. */
class WithoutFormer extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { formers: _, ...rest } = next as Connected
    super.write(rest, alarmInMs)
  }
}
const FormerDropped = machineWith(WithoutFormer)

/** The end of a single grant leaves no journal. */
class EndsUnnoted extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { endingGrant: _, ...rest } = next as Connected
    super.write(rest, alarmInMs)
  }
}
const EndOfGrantUnnoted = machineWith(EndsUnnoted)

/** A use moves the time of an idle account in the object alone. */
class UsedInSilence extends AccountMachine {
  override async noteUse(): Promise<void> {
    const account = this.held.connected
    if (account) this.held.write(used(account, secondsOf(this.fx.now()), false))
  }
}

/** An exchange that is asked for waits for no call that may still run at X. */
class HastyExchange extends AccountMachine {
  readonly #hasty: Refresher
  constructor(effects: Effects) {
    const parts = below(effects)
    const refresher = new Refresher(...parts)
    super(...parts, refresher)
    this.#hasty = refresher
  }
  override async exchange({ scope }: ExchangeRequest): ReturnType<AccountMachine['exchange']> {
    const account = this.held.connected
    if (!account) return failed('account_unknown')
    await this.#hasty.exchangeFor(askedFor(account, scope, Math.floor(this.fx.now() / 1000)))
    return done(this.read()!)
  }
}

/** The journal of an exchange is in memory alone. */
class ExchangesUnnoted extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { attempt, ...rest } = next as Connected
    super.write(attempt?.by ? rest : next, alarmInMs)
    if (attempt) this.record = { ...this.record, attempt } as AccountRecord
  }
}
const ExchangeUnnoted = machineWith(ExchangesUnnoted)

/** A pair that came in exchange takes the place of the OAuth 1.0a token. */
class HealedForIt extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { oauth1: _, ...rest } = next as Connected
    const isHealed = this.connected?.attempt?.by && !(next as Connected).attempt && rest.oauth2
    super.write(isHealed && !(next as Connected).exchange ? rest : next, alarmInMs)
  }
}
const UserTokenDropped = machineWith(HealedForIt)

/** Events are taken out before the log is known to have them. */
class SentUnheard extends HeldRecord {
  constructor(effects: Effects) {
    const appendEvents: Effects['appendEvents'] = async (events) =>
      void effects.appendEvents(events).catch(() => undefined)
    super({ ...effects, appendEvents })
  }
}
const EventsUnheard = machineWith(SentUnheard)

/** No alarm is set for events that the log did not take. */
class SentOnce extends HeldRecord {
  override get eventsDueAtMs(): undefined {
    return undefined
  }
}
const EventsSentOnce = machineWith(SentOnce)

/** It is forgotten what others were told. */
class ToldAnew extends HeldRecord {
  override write(next: AccountRecord, alarmInMs?: number): void {
    const { told: _, ...rest } = next as Connected
    this.record = this.record && ({ ...this.record, told: undefined } as unknown as AccountRecord)
    super.write(rest, alarmInMs)
  }
}
const EventsToldAnew = machineWith(ToldAnew)

describe('the model finds a bug when there is one', () => {
  it.each<[string, MachineClass, RegExp, Manners?, RefreshPolicy?]>([
    ['single flight removed', NoSingleFlight, /two calls|presented|delivered/],
    ['commit after the KV write', CommitAfterKv, /delivered|is not held/],
    ['retry while in flight', RetryInFlight, /presented again|KV knows/],
    [
      'imports taken blindly',
      ImportTakenBlindly,
      /delivered|presented again|have ended|ended for|an older|was dropped|works/,
    ],
    ['a late write forgotten', LateWriteForgotten, /KV knows|ended for/],
    [
      'two logins in the order of their codes',
      OrderedBySending,
      /live pair of a login|an older oauth2/,
    ],
    ['an import that drops what it takes the place of', FormerDropped, /is held|works|never is/],
    [
      'the end of a grant without a journal',
      EndOfGrantUnnoted,
      /said to have|works|during a DELETE|ended for/,
    ],
    ['a commit that throws', ThrownAway, /is gone|delivered|presented again|kept fresh|works/],
    [
      'the app’s object waited for without end',
      AppWaitedFor,
      /kept fresh|without an answer|journal|KV knows|works|came back/,
    ],
    ['re-sealed over what came meanwhile', ResealedBlindly, /./],
    ['X’s word noted on another grant', NotedOnAnother, /given up|ended for|works|held/],
    ['an alarm that asks nobody', AlarmUnasked, /nobody was asked/],
    [
      'a call given up after 20 seconds',
      AccountMachine,
      /nobody listened|works|kept fresh/,
      { ...MANNERS, timeoutMs: 20_000 },
    ],
    [
      'an answer delivered to the wrong attempt',
      AnyAttempt,
      /was not taken|rotated|calls|delivered|ended for|works/,
    ],
    [
      'a carrier that outlives the doubt',
      AccountMachine,
      /two calls|may still run|rotated/,
      { ...MANNERS, timeForCall: () => ONCE_CALL_TIMEOUT_MS },
    ],
    [
      'an exchange while a refresh may run',
      HastyExchange,
      /two calls|may still run|delivered|works/,
    ],
    [
      'an exchange without a journal',
      ExchangeUnnoted,
      /presented again|may still run|not taken|works|calls|is due|was said to have ended/,
    ],
    ['events dropped before the log has them', EventsUnheard, /the log lacks|out of turn/],
    ['events that no alarm sends again', EventsSentOnce, /the log lacks|erased/],
    ['events that are told anew', EventsToldAnew, /told twice|others were told/],
    ['a heal that drops the OAuth 1.0a token', UserTokenDropped, /oauth1 is gone/],
    [
      'a broken reply thrown away',
      AccountMachine,
      /delivered/,
      { ...MANNERS, read: (reply) => readReply({ ...reply, text: '', status: 0 }) },
    ],
    [
      'an idle account is used, and KV does not hear of it',
      UsedInSilence,
      /kept warm/,
      MANNERS,
      'auto',
    ],
  ])(
    '%s',
    async (_, machine, found, manners, policy) => {
      // It stops at the first one that it finds, mostly long before that.
      const details = await fc.check(property(machine, manners, policy), SEARCH)
      expect(details.failed, `found in ${details.numRuns} histories`).toBe(true)
      expect(String(details.errorInstance)).toMatch(found)
    },
    TIMEOUT_MS,
  )
})

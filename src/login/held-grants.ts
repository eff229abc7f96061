/**
 * The way of a grant that X gave for a login, until an account has it or X has it back: whose it is, its refresh meanwhile,
 * and its way back. A step that X has acted on is written down before anything else.
 */
import type { AccountView } from '../account/view'
import { secondsOf } from '../clock'
import { done, Failure, type FailureData, failedWith } from '../failure'
import * as limits from '../limits'
import * as answers from './answers'
import type { Brought, LoginEffects } from './effects'
import type { HeldLogin, LoginOutcome } from './held-login'
import { identityOf } from './identity'
import type { HeldGrant, LaterClaim } from './record'
import { isGivenUp, isStale, type NotRenewed } from './renewal'
import { haltedFor, notRenewed, postponed } from './waits'

/** The grants of one login on their way. Whoever calls sees to it that one thing at a time is done about each. */
export class HeldGrants {
  readonly #fx: LoginEffects
  readonly #held: HeldLogin

  constructor(effects: LoginEffects, held: HeldLogin) {
    this.#fx = effects
    this.#held = held
  }

  /** Brings a grant to its account: asks X whose it is, whether that user may connect here, and has it adopted. */
  async settle(mark: string): Promise<LoginOutcome> {
    const grant = this.#held.grantOf(mark)
    if (!grant) return this.#held.outcomeFor(mark)
    if (isStale(grant, this.#seconds)) return this.#renew(grant)
    const { id, identityOnly, loginApp, exchange } = this.#held.known
    const askedAtMs = this.#fx.now()
    const whose = await this.#fx.whose(id, grant)
    if (whose.kind !== 'user') {
      const { waitSeconds } = whose
      const isPassing = whose.kind === 'later'
      const failure = isPassing ? unfinished(whose.message, waitSeconds) : whose.failure
      return this.#later(postponed(grant, this.#seconds, waitSeconds), failure)
    }
    const { user } = whose
    const isAllowed = this.#fx.mayConnect(this.#held.known, user)
    // X has ended what this account held: where it may not connect, its only live grant goes where it belongs.
    const where = !isAllowed ? 'in place' : identityOnly ? 'if connected' : 'anywhere'
    const wish = exchange && where === 'anywhere' ? { exchange } : {}
    const bringing = { id, grant, user, askedAtMs, where, ...wish } as const
    // X has ended nothing that an account holds for a grant of the second app.
    const brought = loginApp ? OF_LOGIN_APP : await this.#fx.bring(bringing).catch(() => undefined)
    if (!brought) {
      const again = postponed(grant, this.#seconds)
      return this.#later(again, unfinished('The account could not be stored yet.'))
    }
    const { how } = brought
    if (!loginApp) this.#fx.log('login_adopted', { login: id, account: user.id, how })
    const { id: userId, username, name } = user
    const claim = { user: { id: userId, username, name }, askedAtMs }
    const back = this.#goingBack(grant, brought, {
      ...claim,
      where: isAllowed ? 'if connected' : 'in place',
    })
    if (!isAllowed) {
      const failure = new Failure('account_not_allowed').data
      return this.#unwanted(mark, failure, back, username)
    }
    if (brought.kind === 'adopted') return this.#complete(mark, brought.account, how)
    if (!identityOnly) return this.#unwanted(mark, new Failure('login_superseded').data, back)
    // Who it is was all that was asked.
    return this.#complete(mark, identityOf(user, whose.sealedEmail), how, back)
  }

  /** A grant that no account has, on its way back to X; undefined where it needs not, or must not, go there. */
  #goingBack(grant: HeldGrant, brought: Brought, claim: LaterClaim): HeldGrant | undefined {
    if (brought.kind === 'adopted' || brought.isShared) return undefined
    if (brought === OF_LOGIN_APP)
      return { ...grant, way: 'back to x', tries: 0, nextAt: this.#seconds }
    const nextAt = this.#seconds + limits.GIVE_BACK_AFTER_SECONDS
    // A login that came before a DELETE is offered to nobody again.
    const again = brought.how === 'disconnected' ? {} : { claim }
    return { ...grant, way: 'back to x', tries: 0, nextAt, ...again }
  }

  /** An account has the grant, or who it is is all that was wanted: the newest answer decides who logged in. */
  #complete(mark: string, account: AccountView, how: string, back?: HeldGrant): LoginOutcome {
    const record = this.#held.known
    const next = answers.completed(record, mark, account)
    this.#held.keep(back ? { ...next, grants: [...next.grants, back] } : next)
    this.#fx.log('login_complete', { login: record.id, account: account.id, how })
    const { result } = next
    const isBeside = result.stage === 'complete' && result.account.id !== account.id
    return isBeside ? this.#held.outcomeFor(mark) : done(account)
  }

  /** Ends this answer where its user may not have what he asked for. */
  async #unwanted(
    mark: string,
    failure: FailureData,
    back: HeldGrant | undefined,
    is?: string,
  ): Promise<LoginOutcome> {
    const meant = is === undefined ? undefined : await this.#meant()
    const wrongAccount = is === undefined ? {} : { wrongAccount: { is, ...meant } }
    const proofHash = answers.sentAnswer(this.#held.known, mark)?.proofHash ?? ''
    const without = answers.withoutHeld(this.#held.known, mark)
    const left = back ? { ...without, grants: [...without.grants, back] } : without
    this.#held.end(answers.ended(left, { proofHash, failure, ...wrongAccount }), failure)
    return { ok: false, failure }
  }

  /** The account that was meant, if the caller that made this login is limited to a single one. */
  async #meant(): Promise<{ meant?: string }> {
    const [only, ...others] = this.#held.known.creator?.accounts ?? []
    if (only === undefined || others.length > 0) return {}
    const meant = await this.#fx.usernameOf(only).catch(() => undefined)
    return meant === undefined ? {} : { meant }
  }

  /** Refreshes a pair that has expired before X said whose it is: it may be the only live grant that its account has. */
  async #renew(before: HeldGrant): Promise<LoginOutcome> {
    const { renewal, ...grant } = before
    const now = this.#seconds
    // The object that sent the last refresh died; its call may still run at X.
    const over = renewal && renewal.startedAt + limits.JOURNAL_DOUBT_SECONDS
    if (over !== undefined && now < over)
      return this.#later({ ...before, nextAt: over }, unfinished(STILL_ASKED, over - now))
    // What holds for the first app says nothing about the second one.
    const { id, loginApp } = this.#held.known
    const trouble = loginApp ? undefined : await this.#fx.permit()
    if (trouble) return this.#heldBack(grant, trouble)
    const startedAt = this.#seconds
    const nextAt = startedAt + limits.JOURNAL_DOUBT_SECONDS
    this.#held.journal(this.#held.with({ ...grant, renewal: { startedAt }, nextAt }))
    const renewed = await this.#fx.renew(id, grant)
    this.#fx.log('login_renewed', { login: id, outcome: renewed.kind })
    if (renewed.kind === 'renewed') {
      const fresh = { ...grant, ...renewed.grant, tries: 0, renewalTries: 0 }
      this.#held.keep(this.#held.with(postponed(fresh, this.#seconds)))
      return this.settle(grant.mark)
    }
    if (renewed.kind === 'dead') return this.#lose(grant, renewed.message)
    if (renewed.kind === 'cut' && renewed.grant) {
      // The access token arrived: it is all that the next question needs.
      this.#held.keep(
        this.#held.with(postponed({ ...grant, ...renewed.grant, tries: 0 }, this.#seconds)),
      )
      return this.settle(grant.mark)
    }
    const next = notRenewed(grant, renewed, this.#fx.now(), this.#fx.random())
    const outcome = this.#later(next, unfinished(renewed.message, next.nextAt - this.#seconds))
    const halted = loginApp ? undefined : await this.#consult(renewed)
    return halted && this.#held.grantOf(grant.mark) ? this.#heldBack(grant, halted) : outcome
  }

  /** Lets the app's object judge what concerns more than this pair. X's answer is written down by now. */
  async #consult(why: NotRenewed): Promise<FailureData | undefined> {
    if (why.kind === 'app') return this.#fx.appRefused(why.message)
    if (why.kind === 'later') await this.#fx.paused(why.waitSeconds)
    return undefined
  }

  /** Keeps a pair whose refresh token is not presented while no refresh may leave, however long that is. */
  #heldBack(grant: HeldGrant, { code, detail = '', retryAfter = 1 }: FailureData): LoginOutcome {
    const failure = new Failure(code, `${detail} What X gave is kept.`.trim(), retryAfter).data
    this.#fx.log('login_unfinished', {
      login: this.#held.known.id,
      message: failure.detail ?? code,
    })
    const next = this.#held.with(haltedFor(grant, this.#seconds, retryAfter))
    this.#held.keep(answers.waiting(next, grant.mark, failure))
    return { ok: false, failure }
  }

  /** Keeps the grant here: X is asked again by the alarm, or by a reload of the page. */
  #later(grant: HeldGrant, failure: FailureData): LoginOutcome {
    if (isGivenUp(grant, this.#seconds)) {
      this.#fx.log('login_identity_unknown', { login: this.#held.known.id })
      return this.#lose(grant, failure.detail)
    }
    this.#fx.log('login_unfinished', {
      login: this.#held.known.id,
      message: failure.detail ?? failure.code,
    })
    this.#held.keep(answers.waiting(this.#held.with(grant), grant.mark, failure))
    return { ok: false, failure }
  }

  /** Ends an answer whose grant is of no use to anybody any more. */
  #lose(grant: HeldGrant, message: string | undefined): LoginOutcome {
    this.#held.keep(answers.withoutHeld(this.#held.known, grant.mark))
    return this.#held.spend(grant.mark, new Failure('identity_unknown', message).data)
  }

  /** Gives a grant that nobody may have back to X; until X has taken it, the alarm tries again. */
  async giveBack(grant: HeldGrant): Promise<LoginOutcome> {
    const { id } = this.#held.known
    const claimed = grant.claim && (await this.#claimed(id, grant, grant.claim))
    if (claimed === 'later') this.#held.keep(this.#held.with(postponed(grant, this.#seconds)))
    if (claimed === 'adopted') this.#held.keep(answers.withoutHeld(this.#held.known, grant.mark))
    if (claimed === 'later' || claimed === 'adopted') return this.#held.outcomeFor(grant.mark)
    const message = await this.#fx
      .giveBack(id, grant)
      .catch((error: unknown) => failedWith(error).failure.detail ?? 'Perch could not ask X.')
    const givenUp = this.#seconds > grant.obtainedAtMs / 1000 + limits.REVOKE_GIVE_UP_SECONDS
    this.#fx.log('login_given_back', { login: id, revoked: message === undefined })
    if (message === undefined || givenUp)
      this.#held.keep(answers.withoutHeld(this.#held.known, grant.mark))
    else this.#held.keep(this.#held.with(postponed(grant, this.#seconds)))
    return this.#held.outcomeFor(grant.mark)
  }

  /** Offers a grant once more to the account of its user, which may have been connected meanwhile with what X has ended. */
  async #claimed(
    id: string,
    grant: HeldGrant,
    claim: LaterClaim,
  ): Promise<'adopted' | 'later' | 'nobody'> {
    const brought = await this.#fx.bring({ id, grant, ...claim }).catch(() => undefined)
    if (!brought) return 'later'
    if (brought.kind !== 'adopted') return 'nobody'
    this.#fx.log('login_adopted', { login: id, account: claim.user.id, how: brought.how })
    return 'adopted'
  }

  get #seconds(): number {
    return secondsOf(this.#fx.now())
  }
}

const unfinished = (message: string, wait = limits.IDENTITY_RETRY_SECONDS): FailureData =>
  new Failure('login_unfinished', message, wait).data

const OF_LOGIN_APP: Brought = { kind: 'unwanted', how: 'login_app' }
const STILL_ASKED = 'X has not answered yet.'

/**
 * The object `Registry`, one instance: the one truth of the callers and of the endpoints. Of callers KV has sealed copies,
 * see {@link CallerCopies}. Every answer is a {@link Result}; `storage_newer` where a later build wrote what it needs.
 */
import { DurableObject } from 'cloudflare:workers'
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import { configOf, need } from '../env'
import { type Happening, newEventId } from '../events/event'
import { appendEvents } from '../events/stub'
import { done, Failure, failedWith, type Result } from '../failure'
import { CALLERS_MAX, HEARD_PAGE, PUBLISH_PATIENCE_MS, RESEAL_CALLERS } from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { type CallerRecord, deleteCaller, putCaller, unsealedCallers } from '../store/callers'
import { type DisabledReason, ENDPOINT_ROW, type EndpointRecord } from '../store/endpoints'
import { CALLER } from '../store/migrations'
import { Row } from '../store/row'
import { Rows } from '../store/rows'
import { unlessNewer } from '../store/version'
import { formerCallers } from './adoption'
import { readsX, SCOPES } from './caller'
import { type CallerChange, changedCaller, rotatedCaller } from './changes'
import { CallerCopies, type CopyState } from './copies'
import type { EndpointChange } from './endpoint-changes'
import { type EndpointOwner, Endpoints, type KnownEndpoint } from './endpoints'
import { callerHappenings } from './happenings'
import { COPY_ROW, REGISTRY_ROW } from './migrations'
import { type RegistryRecord, Tidings } from './tidings'

/** A caller as it is now, and whether KV has it so: until it has, some places go by what was true before. */
export interface KnownCaller {
  caller: CallerRecord
  isPublished: boolean
}

/** The one object that knows every caller and every endpoint, named `registry`. */
export class Registry extends DurableObject<Env> {
  readonly #row: Row<RegistryRecord>
  readonly #callers: Rows<CallerRecord>
  readonly #copies: CallerCopies
  readonly #tidings: Tidings
  readonly #endpoints: Endpoints
  #adopting: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    this.#row = new Row(sql, REGISTRY_ROW)
    this.#callers = new Rows(sql, CALLER, 'caller')
    this.#copies = new CallerCopies({
      states: new Rows<CopyState>(sql, COPY_ROW, 'caller_copy'),
      write: (id) => this.#writeCopy(id),
      setAlarm: (at) => this.#setAlarm(at),
      now: () => Date.now(),
      random: () => Math.random(),
    })
    this.#tidings = new Tidings({
      row: this.#row,
      append: (events) => appendEvents(env, events),
      wakeEndpoint: (id) => env.ENDPOINT.getByName(id).wake(0),
      newEventId,
      now: () => Date.now(),
    })
    this.#endpoints = new Endpoints({
      rows: new Rows<EndpointRecord>(sql, ENDPOINT_ROW, 'endpoint'),
      tidings: this.#tidings,
      callerOf: (id) => this.#callers.get(id),
      now: unixSeconds,
    })
  }

  /** The caller with this id; null: there is none. */
  find(id: string): Promise<Result<KnownCaller | null>> {
    return this.#answer(async () => {
      const caller = this.#callers.get(id)
      return caller ? { caller, isPublished: !this.#copies.isDirty(id) } : null
    })
  }

  /**
   * The callers after this id, in the order of their ids; those that a later build wrote are left out.
   *
   * @returns with `cursor`, the id after which there may be more.
   */
  list(
    after: string,
    limit: number,
  ): Promise<Result<{ callers: KnownCaller[]; cursor: string | undefined }>> {
    return this.#answer(async () => {
      const page = this.#callers.page(after, limit)
      const callers = page.flatMap(({ id, record: caller }) =>
        caller ? [{ caller, isPublished: !this.#copies.isDirty(id) }] : [],
      )
      return { callers, cursor: page.length < limit ? undefined : page.at(-1)?.id }
    })
  }

  /** Takes a new caller in. Fails as `too_many`. */
  add(caller: CallerRecord): Promise<Result<KnownCaller>> {
    return this.#answer(async () => {
      if (this.#callers.count() >= CALLERS_MAX)
        throw new Failure('too_many', `There are ${CALLERS_MAX} callers. End those not in use.`)
      return this.#store(undefined, caller)
    })
  }

  /** Takes in a caller of another deployment. Fails as `too_many`, `import_superseded` where it is here and differs. */
  moveIn(caller: CallerRecord): Promise<Result<{ how: 'imported' | 'already' }>> {
    return this.#answer(async () => {
      const held = this.#callers.get(caller.id)
      if (held && JSON.stringify(held) === JSON.stringify(caller))
        return { how: 'already' as const }
      if (held) throw new Failure('import_superseded', 'A caller of this id is here, and differs.')
      if (this.#callers.count() >= CALLERS_MAX)
        throw new Failure('too_many', `There are ${CALLERS_MAX} callers. End those not in use.`)
      await this.#store(undefined, caller)
      return { how: 'imported' as const }
    })
  }

  /** Changes a caller. Fails as `caller_unknown`, `request_malformed`. */
  change(id: string, change: CallerChange): Promise<Result<KnownCaller>> {
    return this.#answer(() => {
      const caller = this.#known(id)
      return this.#store(caller, changedCaller(caller, change, unixSeconds()))
    })
  }

  /**
   * Gives a caller a new key. Fails as `caller_unknown`, `too_many`.
   *
   * @param secretHash - of the new key's secret part
   * @param overlapSeconds - for how long the key that it has works on
   */
  rotate(id: string, secretHash: string, overlapSeconds: number): Promise<Result<KnownCaller>> {
    return this.#answer(() => {
      const caller = this.#known(id)
      return this.#store(caller, rotatedCaller(caller, secretHash, overlapSeconds, unixSeconds()))
    })
  }

  /**
   * Ends a caller, and the endpoints that are its own; one that is unknown is ended already.
   *
   * @returns whether KV has no copy of it any more
   */
  end(id: string): Promise<Result<{ isPublished: boolean }>> {
    return this.#answer(async () => {
      const caller = unlessNewer(() => this.#callers.get(id))
      this.#copies.markDirty([id])
      this.#endpoints.endAllOf(id)
      this.#tell(callerHappenings(caller, undefined))
      this.#callers.delete(id)
      return { isPublished: await this.#publish(id) }
    })
  }

  /** The endpoint with this id. Fails as `endpoint_unknown` where there is none, or it is another caller's. */
  findEndpoint(id: string, owner: EndpointOwner): Promise<Result<EndpointRecord>> {
    return this.#answer(async () => this.#endpoints.known(id, owner))
  }

  /** The endpoints that somebody may see, in the order of their ids. */
  listEndpoints(owner: EndpointOwner): Promise<Result<EndpointRecord[]>> {
    return this.#answer(async () => this.#endpoints.list(owner))
  }

  /** Takes a new endpoint in. Fails as `too_many`, `caller_unknown`. */
  addEndpoint(endpoint: EndpointRecord): Promise<Result<EndpointRecord>> {
    return this.#answer(async () => this.#told(() => this.#endpoints.add(endpoint)))
  }

  /** Takes in an endpoint of another deployment. Fails as `too_many`, `caller_unknown`, `import_superseded`. */
  moveInEndpoint(endpoint: EndpointRecord): Promise<Result<{ how: 'imported' | 'already' }>> {
    return this.#answer(async () => this.#told(() => this.#endpoints.moveIn(endpoint)))
  }

  /** Changes an endpoint. Fails as `endpoint_unknown`. */
  changeEndpoint(
    id: string,
    owner: EndpointOwner,
    change: EndpointChange,
  ): Promise<Result<EndpointRecord>> {
    return this.#answer(async () => this.#told(() => this.#endpoints.change(id, owner, change)))
  }

  /** Gives an endpoint a new secret. Fails as `endpoint_unknown`, `too_many`. */
  rotateEndpoint(
    id: string,
    owner: EndpointOwner,
    sealed: Sealed,
  ): Promise<Result<EndpointRecord>> {
    return this.#answer(async () => this.#told(() => this.#endpoints.rotate(id, owner, sealed)))
  }

  /** Ends an endpoint. Fails as `endpoint_unknown`. */
  endEndpoint(id: string, owner: EndpointOwner): Promise<Result<void>> {
    return this.#answer(async () => this.#told(() => this.#endpoints.end(id, owner)))
  }

  /** Switches an endpoint off for its object, which looked at it in this epoch, and sent to this address. */
  disableEndpoint(
    id: string,
    epoch: number,
    reason: DisabledReason,
    url?: string,
  ): Promise<Result<void>> {
    return this.#answer(async () =>
      this.#told(() => this.#endpoints.disable(id, epoch, reason, url)),
    )
  }

  /** For an endpoint's object: the endpoint, and what its owner may read now; null: it has ended. */
  endpointFor(id: string): Promise<Result<KnownEndpoint | null>> {
    return this.#answer(async () => this.#endpoints.withReader(id))
  }

  /** Whether anybody listens to what X delivers: an endpoint that is on, or a caller that may read it, as long as its key works. */
  isHeard(): Promise<Result<boolean>> {
    return this.#answer(async () => {
      if (this.#endpoints.hearX()) return true
      const now = unixSeconds()
      for (let after = ''; ; ) {
        const page = this.#callers.page(after, HEARD_PAGE)
        if (page.some(({ record }) => record && isLive(record, now) && readsX(record))) return true
        const last = page.at(-1)
        if (!last || page.length < HEARD_PAGE) return false
        after = last.id
      }
    })
  }

  /** A sweep begins: what another key sealed is sealed anew. @returns how much each key sealed, copies and secrets */
  sweepBegins(keyId: string): Promise<Result<Record<string, number>>> {
    return this.#answer(async () => {
      const counts = this.#copies.reseal(keyId, RESEAL_CALLERS)
      const keyring = await keyringOf(configOf(this.env).sealingKeys)
      for (const [key, secrets] of Object.entries(await this.#endpoints.reseal(keyring)))
        counts[key] = (counts[key] ?? 0) + secrets
      await this.#copies.settleAlarm()
      return counts
    })
  }

  override async alarm(): Promise<void> {
    await Promise.all([this.#copies.catchUp(), this.#tidings.tell()])
    await this.#copies.settleAlarm()
  }

  async #answer<T>(ask: () => Promise<T>): Promise<Result<T>> {
    try {
      await this.#adopted()
      return done(await ask())
    } catch (error) {
      return failedWith(error)
    }
  }

  /** Resolves once the callers of the former build are adopted: nothing is known before. Rejects as KV does. */
  async #adopted(): Promise<void> {
    if (this.#row.read()) return
    this.#adopting ??= this.#adopt().finally(() => {
      this.#adopting = undefined
    })
    await this.#adopting
  }

  async #adopt(): Promise<void> {
    const callers = formerCallers(await unsealedCallers(this.env.VAULT))
    // From here on nothing is awaited: all of this comes to rest, or none of it.
    this.#copies.markDirty(
      callers.map(({ id }) => id),
      0,
    )
    for (const caller of callers) this.#callers.write(caller.id, caller)
    this.#row.write({ ...this.#row.read(), adoptedAt: unixSeconds() })
    for (const { id, scopes, accounts } of callers)
      log('caller_adopted', {
        other_caller: id,
        // Nobody vouches for what else stands there, so that it is not written into the log.
        scopes: SCOPES.filter((scope) => scopes.includes(scope)),
        limited: accounts !== undefined,
      })
    log('callers_adopted', { callers: callers.length })
  }

  #known(id: string): CallerRecord {
    const caller = this.#callers.get(id)
    if (!caller) throw new Failure('caller_unknown')
    return caller
  }

  /** Notes what happened, in the same turn as the change, and has it told behind the answer. */
  #tell(happenings: readonly Happening[]): void {
    this.#tidings.note(happenings)
    this.#tellOn()
  }

  /** Makes a change of endpoints, and has it told behind the answer. */
  #told<T>(change: () => T): T {
    const changed = change()
    this.#tellOn()
    return changed
  }

  #tellOn(): void {
    // Should the object die before the log has it, this alarm is all that is left.
    const noted = this.#copies.settleAlarm()
    const telling = noted.then(() => this.#tidings.tell()).then(() => this.#copies.settleAlarm())
    this.ctx.waitUntil(
      telling.catch((error) => log('events_not_sent', { events: 0, ...errorOf(error) })),
    )
  }

  /** For what KV is to be told then, or for what others are, whichever comes first. */
  #setAlarm(copiesAtMs: number | null): Promise<void> {
    const times = [copiesAtMs, this.#tidings.dueAtMs ?? null].filter((at) => at !== null)
    const { storage } = this.ctx
    return times.length > 0 ? storage.setAlarm(Math.min(...times)) : storage.deleteAlarm()
  }

  /** Commits first, then tells KV; what KV does not take, the alarm tells it again. */
  async #store(before: CallerRecord | undefined, caller: CallerRecord): Promise<KnownCaller> {
    this.#copies.markDirty([caller.id])
    this.#callers.write(caller.id, caller)
    this.#tell(callerHappenings(before, caller))
    return { caller, isPublished: await this.#publish(caller.id) }
  }

  async #publish(id: string): Promise<boolean> {
    const publishing = this.#copies.publish(id)
    this.ctx.waitUntil(publishing)
    return (await inTime(publishing, PUBLISH_PATIENCE_MS))?.value ?? false
  }

  async #writeCopy(id: string): Promise<{ keyId: string } | 'none' | 'newer'> {
    const row = unlessNewer(() => ({ caller: this.#callers.get(id) }))
    if (!row) return 'newer'
    if (!row.caller) {
      await deleteCaller(this.env.VAULT, id)
      return 'none'
    }
    const config = configOf(this.env)
    need(config, 'SEALING_KEYS')
    return {
      keyId: await putCaller(this.env.VAULT, await keyringOf(config.sealingKeys), row.caller),
    }
  }
}

const isLive = ({ expiresAt }: CallerRecord, now: number): boolean =>
  expiresAt === undefined || expiresAt > now

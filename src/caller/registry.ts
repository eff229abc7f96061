/**
 * The object `Registry`, one instance: the one truth of the callers. KV has sealed copies of them, see
 * {@link CallerCopies}. Every answer is a {@link Result}; `storage_newer` where a later build wrote what it needs.
 */
import { DurableObject } from 'cloudflare:workers'
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { configOf, need } from '../env'
import { done, Failure, failedWith, type Result } from '../failure'
import { CALLERS_MAX, HEARD_PAGE, PUBLISH_PATIENCE_MS, RESEAL_CALLERS } from '../limits'
import { log } from '../log'
import { inTime } from '../patience'
import { type CallerRecord, deleteCaller, putCaller, unsealedCallers } from '../store/callers'
import { CALLER } from '../store/migrations'
import { Row } from '../store/row'
import { Rows } from '../store/rows'
import { unlessNewer } from '../store/version'
import { formerCallers } from './adoption'
import { readsX, SCOPES } from './caller'
import { type CallerChange, changedCaller, rotatedCaller } from './changes'
import { CallerCopies, type CopyState } from './copies'
import { COPY_ROW, REGISTRY_ROW } from './migrations'

/** A caller as it is now, and whether KV has it so: until it has, some places go by what was true before. */
export interface KnownCaller {
  caller: CallerRecord
  isPublished: boolean
}

/** What the object knows of itself. */
interface RegistryRecord {
  /** When the callers of the former build were adopted, Unix seconds: from then on KV's unsealed ones count for nothing. */
  adoptedAt: number
}

/** The one object that knows every caller, named `registry`. */
export class Registry extends DurableObject<Env> {
  readonly #row: Row<RegistryRecord>
  readonly #callers: Rows<CallerRecord>
  readonly #copies: CallerCopies
  #adopting: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    this.#row = new Row(sql, REGISTRY_ROW)
    this.#callers = new Rows(sql, CALLER, 'caller')
    this.#copies = new CallerCopies({
      states: new Rows<CopyState>(sql, COPY_ROW, 'caller_copy'),
      write: (id) => this.#writeCopy(id),
      setAlarm: (at) => (at === null ? ctx.storage.deleteAlarm() : ctx.storage.setAlarm(at)),
      now: () => Date.now(),
      random: () => Math.random(),
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
      return this.#store(caller)
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
      await this.#store(caller)
      return { how: 'imported' as const }
    })
  }

  /** Changes a caller. Fails as `caller_unknown`, `request_malformed`. */
  change(id: string, change: CallerChange): Promise<Result<KnownCaller>> {
    return this.#answer(() => this.#store(changedCaller(this.#known(id), change, unixSeconds())))
  }

  /**
   * Gives a caller a new key. Fails as `caller_unknown`, `too_many`.
   *
   * @param secretHash - of the new key's secret part
   * @param overlapSeconds - for how long the key that it has works on
   */
  rotate(id: string, secretHash: string, overlapSeconds: number): Promise<Result<KnownCaller>> {
    return this.#answer(() =>
      this.#store(rotatedCaller(this.#known(id), secretHash, overlapSeconds, unixSeconds())),
    )
  }

  /** Ends a caller; one that is unknown is ended already. @returns whether KV has no copy of it any more */
  end(id: string): Promise<Result<{ isPublished: boolean }>> {
    return this.#answer(async () => {
      this.#copies.markDirty([id])
      this.#callers.delete(id)
      return { isPublished: await this.#publish(id) }
    })
  }

  /** Whether anybody listens to what X delivers: a caller that may read it, as long as its key works. */
  isHeard(): Promise<Result<boolean>> {
    return this.#answer(async () => {
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

  /** A sweep begins: copies that another key sealed are sealed anew. @returns how many copies each key sealed */
  sweepBegins(keyId: string): Promise<Result<Record<string, number>>> {
    return this.#answer(async () => {
      const counts = this.#copies.reseal(keyId, RESEAL_CALLERS)
      await this.#copies.settleAlarm()
      return counts
    })
  }

  override async alarm(): Promise<void> {
    await this.#copies.catchUp()
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
    this.#row.write({ adoptedAt: unixSeconds() })
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

  /** Commits first, then tells KV; what KV does not take, the alarm tells it again. */
  async #store(caller: CallerRecord): Promise<KnownCaller> {
    this.#copies.markDirty([caller.id])
    this.#callers.write(caller.id, caller)
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

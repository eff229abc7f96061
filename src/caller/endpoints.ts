/** The endpoints, as the object `Registry` holds them: each change with its events in one turn. */
import type { Keyring } from '../crypto/keyring'
import type { Sealed } from '../crypto/seal'
import type { Reader } from '../events/event'
import { Failure } from '../failure'
import { ENDPOINTS_MAX } from '../limits'
import type { CallerRecord } from '../store/callers'
import type { DisabledReason, EndpointRecord } from '../store/endpoints'
import type { Rows } from '../store/rows'
import { readsX } from './caller'
import {
  changedEndpoint,
  disabledEndpoint,
  type EndpointChange,
  rotatedEndpoint,
} from './endpoint-changes'
import { resealedSecrets, secretKeys } from './endpoint-secret'
import { endpointHappenings } from './happenings'
import type { Tidings } from './tidings'

/** An endpoint, and what its owner may read now; null: nothing, since its key has expired or lacks the scope `events`. */
export interface KnownEndpoint {
  endpoint: EndpointRecord
  reader: Reader | null
}

/** The caller that asks for an endpoint, by its id: others' do not exist for it. Undefined: the admin, who sees all. */
export type EndpointOwner = string | undefined

/** What the endpoints need of the object that holds them. */
export interface EndpointsEffects {
  rows: Pick<Rows<EndpointRecord>, 'get' | 'write' | 'delete' | 'page' | 'count'>
  tidings: Pick<Tidings, 'note'>
  callerOf: (id: string) => CallerRecord | undefined
  /** Unix seconds. */
  now: () => number
}

/** All endpoints. */
export class Endpoints {
  readonly #fx: EndpointsEffects

  constructor(effects: EndpointsEffects) {
    this.#fx = effects
  }

  /** The endpoint with this id. @throws Failure `endpoint_unknown` where there is none, or it is another's */
  known(id: string, owner: EndpointOwner): EndpointRecord {
    const endpoint = this.#fx.rows.get(id)
    if (!endpoint || (owner !== undefined && endpoint.caller !== owner))
      throw new Failure('endpoint_unknown')
    return endpoint
  }

  /** The endpoints that somebody may see, in the order of their ids; those that a later build wrote are left out. */
  list(owner: EndpointOwner): EndpointRecord[] {
    return this.#all().filter(({ caller }) => owner === undefined || caller === owner)
  }

  /** Takes a new endpoint in. @throws Failure `too_many`, `caller_unknown` where its caller has ended meanwhile */
  add(endpoint: EndpointRecord): EndpointRecord {
    if (this.#fx.rows.count() >= ENDPOINTS_MAX)
      throw new Failure('too_many', `There are ${ENDPOINTS_MAX} endpoints. End those not in use.`)
    if (endpoint.caller !== undefined && !this.#fx.callerOf(endpoint.caller))
      throw new Failure('caller_unknown')
    return this.#store(undefined, endpoint)
  }

  /** Takes in an endpoint of another deployment. @throws Failure as {@link add} does, `import_superseded` where it differs */
  moveIn(endpoint: EndpointRecord): { how: 'imported' | 'already' } {
    const held = this.#fx.rows.get(endpoint.id)
    // Where each of them is in its log is for it alone to know.
    const { epoch, after } = held ?? endpoint
    if (held && JSON.stringify(held) === JSON.stringify({ ...endpoint, epoch, after }))
      return { how: 'already' }
    if (held) throw new Failure('import_superseded', 'An endpoint of this id is here, and differs.')
    this.add(endpoint)
    return { how: 'imported' }
  }

  /** Changes an endpoint. @throws Failure `endpoint_unknown` */
  change(id: string, owner: EndpointOwner, change: EndpointChange): EndpointRecord {
    const endpoint = this.known(id, owner)
    return this.#store(endpoint, changedEndpoint(endpoint, change, this.#fx.now()))
  }

  /** Gives an endpoint a new secret. @throws Failure `endpoint_unknown`, `too_many` */
  rotate(id: string, owner: EndpointOwner, sealed: Sealed): EndpointRecord {
    const endpoint = this.known(id, owner)
    return this.#store(endpoint, rotatedEndpoint(endpoint, sealed, this.#fx.now()))
  }

  /**
   * Switches an endpoint off, unless it was switched off, on again, or to another address since its object looked.
   *
   * @param url - the address that its object sent to; undefined: an object of a build before this one does not say
   */
  disable(id: string, epoch: number, reason: DisabledReason, url?: string): void {
    const endpoint = this.#fx.rows.get(id)
    if (endpoint?.epoch !== epoch || endpoint.disabled || endpoint.url !== (url ?? endpoint.url))
      return
    this.#store(endpoint, disabledEndpoint(endpoint, reason, this.#fx.now()))
  }

  /** Ends an endpoint. @throws Failure `endpoint_unknown` */
  end(id: string, owner: EndpointOwner): void {
    this.#end(this.known(id, owner))
  }

  /** Ends what belongs to a caller that ends, in the same turn. */
  endAllOf(caller: string): void {
    for (const endpoint of this.list(caller)) this.#end(endpoint)
  }

  /** The endpoint with what its owner may read now; null: it has ended. */
  withReader(id: string): KnownEndpoint | null {
    const endpoint = this.#fx.rows.get(id)
    return endpoint ? { endpoint, reader: this.#readerOf(endpoint) } : null
  }

  /** Whether what X delivers goes to any of them. */
  hearX(): boolean {
    return this.#all().some(
      (endpoint) => !endpoint.disabled && this.#readerOf(endpoint)?.readsX === true,
    )
  }

  /** Has secrets that another key sealed sealed anew. @returns how many secrets each key sealed, before that */
  async reseal(keyring: Keyring): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const endpoint of this.#all()) {
      for (const key of secretKeys(endpoint)) counts[key] = (counts[key] ?? 0) + 1
      // What does not open is left alone, and counts: its key is needed.
      const anew = await resealedSecrets(keyring, endpoint).catch(() => new Map<Sealed, Sealed>())
      const now = anew.size > 0 ? this.#fx.rows.get(endpoint.id) : undefined
      if (!now) continue
      const secrets = now.secrets.map((each) => ({
        ...each,
        sealed: anew.get(each.sealed) ?? each.sealed,
      }))
      this.#fx.rows.write(now.id, { ...now, secrets })
    }
    return counts
  }

  #readerOf({ caller: id }: EndpointRecord): Reader | null {
    if (id === undefined) return { accounts: undefined, readsX: true }
    const caller = this.#fx.callerOf(id)
    const hasExpired = (caller?.expiresAt ?? Number.POSITIVE_INFINITY) <= this.#fx.now()
    if (!caller?.scopes.includes('events') || hasExpired) return null
    return { accounts: caller.accounts, readsX: readsX(caller) }
  }

  #all(): EndpointRecord[] {
    return this.#fx.rows.page('', ENDPOINTS_MAX).flatMap(({ record }) => (record ? [record] : []))
  }

  #store(before: EndpointRecord | undefined, after: EndpointRecord): EndpointRecord {
    this.#fx.tidings.note(endpointHappenings(before, after))
    this.#fx.rows.write(after.id, after)
    return after
  }

  #end(endpoint: EndpointRecord): void {
    this.#fx.tidings.note(endpointHappenings(endpoint, undefined), [endpoint.id])
    this.#fx.rows.delete(endpoint.id)
  }
}

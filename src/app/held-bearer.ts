/** The app-only bearer as the object `App` holds it: fetched once however many ask at the same time, and ended at X. */
import { unixSeconds } from '../clock'
import { keyringOf } from '../crypto/keyring'
import { keyIdOf, open, type Sealed, seal } from '../crypto/seal'
import { configOf, need } from '../env'
import { done, failed, failedWith, type Result } from '../failure'
import type { FailureCode } from '../failures'
import { errorOf, log } from '../log'
import { OAUTH1_SETTINGS } from '../settings'
import { bearerPlace, deleteBearer, putBearer, type VaultBearer } from '../store/bearer'
import { fetchBearer, invalidateAsOwner, invalidateWithBasic } from '../x/app-only'

/** The token of the X user that the app belongs to, sealed, and the places that it is sealed for. */
export interface Owner {
  token: { sealed: Sealed; place: string }
  tokenSecret: { sealed: Sealed; place: string }
}

/** The outcome of ending a bearer. */
export interface Invalidated {
  /** The way that X took; `none`: it was forgotten here, and X confirmed neither way. */
  by: 'oauth1_owner' | 'basic' | 'none'
  /** What X said to the ways it did not take. */
  refused: string[]
}

/** The place where the bearer rests between calls: the row of the object `App`. */
export interface Rest {
  read: () => VaultBearer | undefined
  write: (bearer: VaultBearer | undefined) => void
}

/** The app-only bearer in the object `App`. */
export class HeldBearer {
  readonly #env: Env
  readonly #rest: Rest
  #fetching: Promise<Result<Sealed>> | undefined
  /** The last invalidation or re-sealing that was asked for; it never rejects. */
  #ending: Promise<unknown> = Promise.resolve()

  constructor(env: Env, rest: Rest) {
    this.#env = env
    this.#rest = rest
  }

  /** The bearer, sealed. X is asked only when none is held for this API key. */
  async get(): Promise<Result<Sealed>> {
    const held = this.#held()
    if (held && (await this.#opens(held))) return done(held)
    this.#fetching ??= this.#fetch()
      .catch(failedWith)
      .finally(() => {
        this.#fetching = undefined
      })
    return this.#fetching
  }

  /**
   * Ends the bearer at X: signed by the app's owner where that token is at hand, and if X does not take that, with
   * Basic. X documents both ways and which one works is not known, so what it said is passed on.
   *
   * @param force - forget it here, even if X confirms neither way
   */
  invalidate(owner: Owner | undefined, force: boolean): Promise<Result<Invalidated>> {
    // One end at a time: X would refuse to end the same bearer twice, and the second caller would hear of a failure.
    const ending = this.#ending.then(() => this.#invalidate(owner, force)).catch(failedWith)
    this.#ending = ending
    return ending
  }

  async #invalidate(owner: Owner | undefined, force: boolean): Promise<Result<Invalidated>> {
    await this.#fetching
    const held = this.#held()
    if (!held) {
      // KV may still have the copy of a bearer that ended while KV refused to delete it.
      await deleteBearer(this.#env.VAULT).catch(kvRefused)
      return failed('bearer_unknown')
    }
    const ended: Invalidated =
      force && !(await this.#opens(held))
        ? { by: 'none', refused: ['Its sealing key is missing, so X could not be told.'] }
        : await this.#end(held, owner)
    log('bearer_invalidated', { by: ended.by, refused: ended.refused.length })
    if (ended.by === 'none' && !force) return failed('invalidate_failed', ended.refused.join(' '))
    this.#rest.write(undefined)
    const deleted = await deleteBearer(this.#env.VAULT).then(() => true, kvRefused)
    return deleted ? done(ended) : failed('storage_unavailable', COPY_LEFT)
  }

  async #end(held: Sealed, owner: Owner | undefined): Promise<Invalidated> {
    const config = configOf(this.#env)
    need(config, ...OAUTH1_SETTINGS)
    const keyring = await keyringOf(config.sealingKeys)
    const bearer = await open(keyring, held, bearerPlace)
    const refused: string[] = []
    if (owner) {
      const [token, tokenSecret] = await Promise.all(
        [owner.token, owner.tokenSecret].map(({ sealed, place }) => open(keyring, sealed, place)),
      )
      const signed = { token: token!, tokenSecret: tokenSecret! }
      const message = await invalidateAsOwner(config, bearer, signed, unixSeconds())
      if (message === undefined) return { by: 'oauth1_owner', refused }
      refused.push(`Signed by the owner: ${message}`)
    }
    const message = await invalidateWithBasic(config, bearer, unixSeconds())
    if (message === undefined) return { by: 'basic', refused }
    return { by: 'none', refused: [...refused, `With Basic: ${message}`] }
  }

  async #fetch(): Promise<Result<Sealed>> {
    const config = configOf(this.#env)
    need(config, ...OAUTH1_SETTINGS)
    const keyring = await keyringOf(config.sealingKeys)
    const outcome = await fetchBearer(config, unixSeconds())
    log('bearer_fetched', { outcome: outcome.kind })
    if (outcome.kind === 'later')
      return failed('x_rate_limited', outcome.message, outcome.retryAfter)
    if (outcome.kind !== 'granted') {
      const code: FailureCode = outcome.kind === 'app' ? outcome.failure : 'x_unreachable'
      return failed(code, outcome.message)
    }
    const { apiKey } = config
    const bearer = await seal(keyring, outcome.value, bearerPlace)
    this.#rest.write({ bearer, apiKey })
    // Without KV's copy each caller asks this object for the bearer: slower, and as good.
    await putBearer(this.#env.VAULT, { bearer, apiKey }).catch(kvRefused)
    return done(bearer)
  }

  /**
   * Whether the key that sealed the bearer is configured. If not, nothing is lost: X is asked, and gives the bearer
   * again.
   */
  async #opens(held: Sealed): Promise<boolean> {
    return (await keyringOf(configOf(this.#env).sealingKeys)).keys.has(keyIdOf(held))
  }

  /** The bearer that is held for the API key of now. */
  #held(): Sealed | undefined {
    const held = this.#rest.read()
    return held?.apiKey === configOf(this.#env).apiKey ? held?.bearer : undefined
  }

  /** The bearer under the first key, if another sealed it. Not while it is being ended: its copy would come back. */
  reseal(keyId: string): Promise<void> {
    const resealed = this.#ending.then(() => this.#reseal(keyId))
    this.#ending = resealed.catch(() => undefined)
    return resealed
  }

  async #reseal(keyId: string): Promise<void> {
    const before = this.#rest.read()
    if (!before || keyIdOf(before.bearer) === keyId) return
    const { bearer: held, apiKey } = before
    const { sealingKeys } = configOf(this.#env)
    const keyring = await keyringOf(sealingKeys)
    const bearer = await seal(keyring, await open(keyring, held, bearerPlace), bearerPlace)
    if (this.#rest.read()?.bearer !== held) return
    this.#rest.write({ bearer, apiKey })
    await putBearer(this.#env.VAULT, { bearer, apiKey })
  }
}

/** What KV refuses is said in the log. */
function kvRefused(error: unknown): false {
  log('vault_write_failed', errorOf(error))
  return false
}

const COPY_LEFT = 'X has ended the bearer, but KV keeps its copy: send this request once more.'

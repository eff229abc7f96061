/** The carrier: the entrypoint of this Worker that calls X for an account’s object, so that the answer outlives that object. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { DELIVERY_PATIENCE_MS } from '../limits'
import { log } from '../log'
import { inTime } from '../patience'
import { type CarryEffects, carry, type Errand } from './carry'
import { readyToExchange } from './exchange-at-x'
import { readyToRefresh } from './refresh-at-x'

/** Reached by account objects alone, through `ctx.exports`. It has no state, and no address that the outside could ask. */
export class Carrier extends WorkerEntrypoint<Env> {
  /** Presents a refresh token to X and delivers the answer to the account's object. Resolves when that is over. */
  async carry(errand: Errand): Promise<void> {
    const carried = carry(errand, this.#effects())
    // The object that asked may be gone before X answers: this goes on all the same.
    this.ctx.waitUntil(carried)
    await carried
  }

  #effects(): CarryEffects {
    const { env } = this
    return {
      now: () => Date.now(),
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
      ready: (errand) =>
        'tokenSecret' in errand ? readyToExchange(env, errand) : readyToRefresh(env, errand),
      deliver: async ({ account, attempt }, answer) => {
        // A stub of its own for each time: one that broke once leads nowhere any more.
        const delivery = env.ACCOUNT.getByName(account).deliver(attempt.id, answer)
        const receipt = await inTime(delivery, DELIVERY_PATIENCE_MS)
        if (!receipt) throw new Error('The account’s object did not answer.')
        return receipt.value
      },
      log,
    }
  }
}

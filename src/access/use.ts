/** Tells accounts' objects of what the edge hands out without them: with the policy `auto` a use keeps an account warm. */
import { accountAt } from '../account/stub'
import { isUseNews } from '../account/use'
import { configOf } from '../env'
import { ISOLATE_CACHE_ENTRIES, USE_NOTED_SECONDS, USE_RETRY_SECONDS } from '../limits'
import { errorOf, log } from '../log'
import type { VaultAccount } from '../store/vault'

/** Until when this isolate tells an account's object nothing, by the account's id; Unix seconds. */
const quietUntil = new Map<string, number>()

/**
 * What is left to be done, once the answer has left, after a token was handed out from this copy: its object is told of
 * the use. Undefined where the copy's mark is young, or this isolate has told it. The work never rejects.
 *
 * @param now - Unix seconds.
 */
export function noteOfUse(
  env: Env,
  copy: VaultAccount,
  now: number,
): (() => Promise<void>) | undefined {
  const { id } = copy
  if (configOf(env).refreshPolicy !== 'auto' || !isUseNews(copy, now)) return undefined
  if ((quietUntil.get(id) ?? 0) > now) return undefined
  keepQuiet(id, now + USE_NOTED_SECONDS)
  return async () => {
    try {
      await accountAt(env, id).noteUse()
    } catch (error) {
      keepQuiet(id, now + USE_RETRY_SECONDS)
      log('use_not_noted', { account: id, ...errorOf(error) })
    }
  }
}

function keepQuiet(id: string, until: number): void {
  quietUntil.delete(id)
  quietUntil.set(id, until)
  // The first key is the oldest. Who is forgotten is told once more, and has nothing to write.
  if (quietUntil.size > ISOLATE_CACHE_ENTRIES) quietUntil.delete(quietUntil.keys().next().value!)
}

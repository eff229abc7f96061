/** The object `Registry` as the edge and the sweep call it. */
import { Failure, type Result, unwrap } from '../failure'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import type { Registry } from './registry'

/**
 * Asks the object `Registry` what it alone can say or do.
 *
 * @param ms - how long it is waited for, milliseconds
 * @throws Failure `object_unreachable` when it cannot be reached, or does not answer by then; else what it says.
 */
export async function askRegistry<T>(
  env: Env,
  ask: (registry: DurableObjectStub<Registry>) => Promise<Result<T>>,
  ms: number,
): Promise<T> {
  const asking = async (): Promise<Result<T>> => ask(env.REGISTRY.getByName('registry'))
  const said = await inTime(asking(), ms).catch((error: unknown) => {
    log('registry_unreachable', errorOf(error))
    return undefined
  })
  if (!said) throw new Failure('object_unreachable', 'The callers’ object did not answer.')
  return unwrap(said.value)
}

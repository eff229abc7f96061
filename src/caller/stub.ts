/** The object `Registry` as the edge and the sweep call it. */
import type { Result } from '../failure'
import { log } from '../log'
import { reach } from '../reach'
import type { Registry } from './registry'

/**
 * Asks the object `Registry` what it alone can say or do.
 *
 * @param ms - how long it is waited for, milliseconds
 * @throws Failure `object_unreachable` when it cannot be reached, or does not answer by then; else what it says.
 */
export const askRegistry = <T>(
  env: Env,
  ask: (registry: DurableObjectStub<Registry>) => Promise<Result<T>>,
  ms: number,
): Promise<T> =>
  reach(
    () => ask(env.REGISTRY.getByName('registry')),
    ms,
    (error) => log('registry_unreachable', error),
    'The callers’ object did not answer.',
  )

import { asSent } from './as-x/names.ts'
import type { Env } from './env.ts'

export { Emulator } from './object.ts'

/**
 * X's "api" and "web" host in one. Everything is forwarded to a single object, so that the state is one
 * and consistent.
 */
export default {
  fetch: (request, env) => env.EMULATOR.getByName('x').fetch(asSent(request)),
} satisfies ExportedHandler<Env>

import type { Mangle } from './faults/fault.ts'
import type { Call } from './store/calls.ts'
import type { World } from './store/world.ts'

/** What wrangler.toml binds. Written by hand: the generated global `Env` belongs to the other Worker. */
export interface Env {
  EMULATOR: DurableObjectNamespace
}

/** One request to X: what came in, read once, and the row of the call list that it fills. */
export interface Exchange {
  /** The body as text. */
  body: string
  /** The same as bytes: a file is no text. */
  bytes: ArrayBuffer
  /** The body's parameters; empty unless it is `application/x-www-form-urlencoded`. */
  form: URLSearchParams
  /** Handlers write `outcome` and `why` here. Never a token. */
  call: Call
  /** How a successful token reply is to be spoiled, if a fault says so. */
  mangle: Mangle | undefined
}

/** hono environment of the pages and of the control API. */
export interface Own {
  Bindings: { world: World }
}

/** hono environment of X's endpoints. */
export interface X {
  Bindings: { world: World; exchange: Exchange }
}

import { DurableObject } from 'cloudflare:workers'
import { control } from './control/routes.tsx'
import type { Env } from './env.ts'
import { observe } from './observe.ts'
import { World } from './store/world.ts'
import { x } from './x.ts'

/** The whole of X: its state in SQLite, and the answers. */
export class Emulator extends DurableObject<Env> {
  readonly #world: World

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#world = new World(ctx.storage)
  }

  override async fetch(request: Request): Promise<Response> {
    const world = this.#world
    if (isOwn(new URL(request.url).pathname)) return control.fetch(request, { world })
    return observe(world, request, (exchange) => x.fetch(request, { world, exchange }))
  }
}

/** Paths that X does not have: they take no faults and stay out of the call list. */
function isOwn(path: string): boolean {
  return path === '/' || path === '/favicon.ico' || path.startsWith('/_emulator/')
}

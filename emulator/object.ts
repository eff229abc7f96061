import { DurableObject } from 'cloudflare:workers'
import { control } from './control/routes.tsx'
import type { Env } from './env.ts'
import { observe } from './observe.ts'
import { seed } from './store/seed.ts'
import { World } from './store/world.ts'
import { nextErrandIn, runErrands } from './webhooks/courier.ts'
import { x } from './x.ts'

/** The whole of X: its state in SQLite, and the answers. */
export class Emulator extends DurableObject<Env> {
  readonly #world: World
  #running: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#world = new World(ctx.storage, seed)
  }

  override async fetch(request: Request): Promise<Response> {
    const world = this.#world
    const response = isOwn(new URL(request.url).pathname)
      ? await control.fetch(request, { world })
      : await observe(world, request, (exchange) => x.fetch(request, { world, exchange }))
    // What happened may have to be told, and the clock may have moved.
    this.ctx.waitUntil(this.#errands())
    return response
  }

  override alarm(): Promise<void> {
    return this.#errands()
  }

  /** Runs what is due until nothing is, and wakes up for the next; one run at a time. */
  #errands(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    while (nextErrandIn(this.#world) === 0) await runErrands(this.#world)
    const wait = nextErrandIn(this.#world)
    if (wait !== undefined) await this.ctx.storage.setAlarm(Date.now() + wait)
    // Something may have happened while the alarm was set.
    if (nextErrandIn(this.#world) === 0) await this.#run()
  }
}

/** Paths that X does not have: they take no faults and stay out of the call list. */
function isOwn(path: string): boolean {
  return path === '/' || path === '/favicon.ico' || path.startsWith('/_emulator/')
}

/** The emulator with a door of the benchmarks' own, `/_emulator/grants`: grants of new users without their consent. */
import type { Env } from '../emulator/env.ts'
import { newPair } from '../emulator/oauth2/pair.ts'
import { Emulator as Real } from '../emulator/object.ts'
import { firstApp } from '../emulator/store/apps.ts'
import { openGrant } from '../emulator/store/grants.ts'
import { seed } from '../emulator/store/seed.ts'
import { addUser } from '../emulator/store/users.ts'
import { World } from '../emulator/store/world.ts'
import type { SeededGrant } from './shapes.ts'

export { default } from '../emulator/index.ts'

const SCOPE = 'tweet.read users.read offline.access'

export class Emulator extends Real {
  readonly #own: World

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#own = new World(ctx.storage, seed)
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/_emulator/grants') return super.fetch(request)
    const ids = await request.json<string[]>()
    return Response.json(this.#own.transaction(() => ids.map((id) => this.#grant(id))))
  }

  #grant(id: string): SeededGrant {
    const app = firstApp(this.#own)
    addUser(this.#own, { id, username: `u${id}` })
    const pair = newPair(this.#own, app, SCOPE)
    const of = { kind: 'oauth2', client_id: app.client_id, user_id: id, scope: SCOPE } as const
    openGrant(this.#own, of, pair)
    return { id, access_token: pair.accessToken, refresh_token: pair.refreshToken ?? '' }
  }
}

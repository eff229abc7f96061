/**
 * Perch as it is, with a door that moves an account's object: what Cloudflare does to an object at any moment, and nobody
 * can order here. The instance that was there is gone in the middle of whatever it did; the next call makes a new one.
 */
import perch, { Account as Settled } from '../../src/index'

export * from '../../src/index'

export class Account extends Settled {
  async move(): Promise<void> {
    this.ctx.abort('moved by chaos')
  }
}

const DOOR = /^\/chaos\/move\/(\d+)$/

export default {
  ...perch,
  async fetch(request, env, ctx) {
    const [, id] = DOOR.exec(new URL(request.url).pathname) ?? []
    if (id === undefined) return perch.fetch(request, env, ctx)
    const account = env.ACCOUNT.getByName(id) as unknown as DurableObjectStub<Account>
    // Whoever moves is cut off itself.
    await account.move().catch(() => undefined)
    return new Response(null, { status: 204 })
  },
} satisfies ExportedHandler<Env>

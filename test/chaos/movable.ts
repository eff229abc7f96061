/**
 * Perch as it is, with two doors to an account's object. One moves it: what Cloudflare does to an object at any moment,
 * and nobody can order here. The instance that was there is gone in the middle of whatever it did; the next call makes a
 * new one. The other shows whether an attempt has left anything in its record, which no API says.
 */
import perch, { Account as Settled } from '../../src/index'
import { tracesIn } from './traces'

export * from '../../src/index'

export class Account extends Settled {
  async move(): Promise<void> {
    this.ctx.abort('moved by chaos')
  }

  async traces(): Promise<string[]> {
    const rows = this.ctx.storage.sql.exec<{ json: string }>('SELECT json FROM record').toArray()
    return rows.flatMap(({ json }) => tracesIn(JSON.parse(json)))
  }
}

const DOOR = /^\/chaos\/(move|traces)\/(\d+)$/

export default {
  ...perch,
  async fetch(request, env, ctx) {
    const [, door, id] = DOOR.exec(new URL(request.url).pathname) ?? []
    if (id === undefined) return perch.fetch(request, env, ctx)
    const account = env.ACCOUNT.getByName(id) as unknown as DurableObjectStub<Account>
    if (door === 'traces') return Response.json(await account.traces())
    // Whoever moves is cut off itself.
    await account.move().catch(() => undefined)
    return new Response(null, { status: 204 })
  },
} satisfies ExportedHandler<Env>

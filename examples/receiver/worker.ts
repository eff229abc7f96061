/** A Worker that receives Perch's events: verified, each once. `npx wrangler deploy` in this folder, after its README. */
import { Webhook } from 'standardwebhooks'

interface Env {
  /** What `POST /v1/endpoints` gave. */
  ENDPOINT_SECRET: string
  /** The events that were taken. */
  TAKEN: KVNamespace
}

/** An event, as docs/events.md lists them. */
interface PerchEvent {
  id: string
  seq: number
  type: string
  timestamp: string
  data: { account?: { id: string; username?: string } } & Record<string, unknown>
}

/** Perch sends an event again until it is taken, for days: longer than that nothing has to be remembered. */
const REMEMBERED_SECONDS = 7 * 86_400

export default {
  async fetch(request, env) {
    if (request.method !== 'POST') return new Response(null, { status: 405 })
    const body = await request.text()
    let event: PerchEvent
    try {
      // The library wants a plain object, and the text as it came.
      const headers = Object.fromEntries(request.headers)
      event = new Webhook(env.ENDPOINT_SECRET).verify(body, headers) as PerchEvent
    } catch {
      return new Response('The signature does not fit.', { status: 401 })
    }
    if ((await env.TAKEN.get(event.id)) === null) {
      await act(event)
      await env.TAKEN.put(event.id, event.type, { expirationTtl: REMEMBERED_SECONDS })
    }
    return new Response(null, { status: 204 })
  },
} satisfies ExportedHandler<Env>

/** What your app does about it. Whatever throws here is sent again. */
async function act({ type, data }: PerchEvent): Promise<void> {
  if (type === 'account.login_required')
    console.log(
      `Ask ${data.account?.username} to log in, ${data.login_url ?? 'in your app'}: ${data.reason}`,
    )
}

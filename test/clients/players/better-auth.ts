import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { APP, browser, consent, control, whose } from './x.ts'

/** better-auth: its X provider wants an e-mail address, and refreshes when asked. */
export async function play() {
  const origin = 'http://localhost:8787'
  await control('PUT', 'app', { callbacks: [`${origin}/api/auth/callback/twitter`] })
  const tables = { user: [], session: [], account: [], verification: [] }
  const auth = betterAuth({
    baseURL: origin,
    secret: 'a-secret-of-these-tests-0123456789',
    database: memoryAdapter(tables),
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    socialProviders: { twitter: { clientId: APP.clientId, clientSecret: APP.clientSecret } },
  })
  const person = browser()
  const ask = async (path: string, json?: unknown) => {
    const headers = {
      cookie: person.cookie(),
      origin,
      ...(json ? { 'content-type': 'application/json' } : {}),
    }
    const init = json ? { method: 'POST', body: JSON.stringify(json) } : {}
    const reply = await auth.handler(new Request(origin + path, { ...init, headers }))
    person.keep(reply)
    return reply
  }
  const begun = await ask('/api/auth/sign-in/social', { provider: 'twitter', callbackURL: '/in' })
  const { url } = (await begun.json()) as { url: string }
  const back = await consent(url)
  await ask(back.pathname + back.search)
  const session = (await (await ask('/api/auth/get-session')).json()) as {
    user?: { name: string; email: string }
  }
  const [account] = (await (await ask('/api/auth/list-accounts')).json()) as { id: string }[]
  const chosen = { accountId: account?.id }
  const tokens = async (path: string) =>
    (await (await ask(path, chosen)).json()) as { accessToken: string }
  const first = await tokens('/api/auth/get-access-token')
  const again = await tokens('/api/auth/refresh-token')
  const kept = await tokens('/api/auth/get-access-token')
  return {
    name: session.user?.name,
    email: session.user?.email,
    refreshed: await whose(again.accessToken),
    spent: await whose(first.accessToken),
    kept: kept.accessToken === again.accessToken,
  }
}

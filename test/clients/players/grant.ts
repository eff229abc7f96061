import { createServer } from 'node:http'
import grantOf from 'grant'
import { APP, browser, consent, control, SCOPES, whose } from './x.ts'

/** grant: both OAuths by its own web server, with its built-in hosts of twitter.com. */
export async function play() {
  const handled: unknown[] = []
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const address = server.address()
  const origin = `http://localhost:${typeof address === 'object' && address ? address.port : 0}`
  const callbacks = ['twitter', 'twitter2'].map((name) => `${origin}/connect/${name}/callback`)
  await control('PUT', 'app', { callbacks })
  const grant = grantOf.node({
    config: {
      defaults: { origin, transport: 'state' },
      twitter: { key: APP.apiKey, secret: APP.apiSecret },
      twitter2: {
        key: APP.clientId,
        secret: APP.clientSecret,
        scope: SCOPES,
        state: true,
        pkce: true,
        token_endpoint_auth_method: 'client_secret_basic',
      },
    },
    session: { secret: 'a-secret-of-these-tests' },
  })
  server.on('request', async (request, response) => {
    const { redirect, response: got } = await grant(request, response)
    if (got) handled.push(got)
    if (!redirect) response.end(JSON.stringify(got))
  })
  const login = async (name: string) => {
    const person = browser()
    const begun = await fetch(`${origin}/connect/${name}`, { redirect: 'manual' })
    person.keep(begun)
    const back = await consent(begun.headers.get('location') ?? '')
    await fetch(back, { headers: { cookie: person.cookie() } })
    return handled.at(-1) as { access_token?: string; raw?: Record<string, string> }
  }
  try {
    const oauth1 = await login('twitter')
    const oauth2 = await login('twitter2')
    return { oauth1: oauth1.raw?.screen_name, oauth2: await whose(oauth2.access_token ?? '') }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

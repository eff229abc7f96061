/** What every player needs: the app's credentials, a person who consents, and the emulator's control. */

/** The emulator's app, as its README has it. */
export const APP = {
  clientId: 'RW11bGF0b3JDbGllbnRJZDAxMjM6MTpjaQ',
  clientSecret: '-Emulator_client-secret_0123456789abcdefghijklmn-_',
  apiKey: 'EmulatorApiKey01234567890',
  apiSecret: 'EmulatorApiSecret0123456789abcdefghijklmnopqrstuvw',
  callback: 'http://localhost:8787/callback',
}

export const SCOPES = ['tweet.read', 'tweet.write', 'users.read', 'users.email', 'offline.access']

/** A person opens the address, says yes, and is sent back: to where the app listens. */
export async function consent(url: string | URL): Promise<URL> {
  const body = new URLSearchParams({ username: 'alice', decision: 'authorize' })
  const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  const location = reply.headers.get('location')
  if (!location) throw new Error(`No redirect but ${reply.status}: ${await reply.text()}`)
  return new URL(location)
}

/** Asks the emulator's control API, which is not X's. */
export async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  return (await fetch(`${process.env.X_CONTROL}/_emulator/${path}`, init)).json()
}

/** A user token of OAuth 1.0a without a login, as X's portal gives one to the owner of an app. */
export async function tokensOf(username: string) {
  const tokens = await control('POST', 'tokens', { username })
  return tokens as { access_token: string; access_token_secret: string }
}

/** Who a token of OAuth 2.0 belongs to, asked without any client. */
export async function whose(token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const reply = await fetch('https://api.x.com/2/users/me', { headers })
  const { data } = (await reply.json()) as { data?: { username: string } }
  return data?.username ?? `status ${reply.status}`
}

/** Cookies of a browser, as far as a library's own web flow needs them. */
export function browser() {
  const jar = new Map<string, string>()
  return {
    cookie: () => [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
    keep: (reply: Response) => {
      for (const line of reply.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
      }
    },
  }
}

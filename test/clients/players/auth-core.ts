import { Auth } from '@auth/core'
import Twitter from '@auth/core/providers/twitter'
import { APP, browser, consent, control } from './x.ts'

/** Auth.js: its whole web flow, in requests. */
export async function play() {
  const origin = 'http://localhost:8787'
  await control('PUT', 'app', { callbacks: [`${origin}/auth/callback/twitter`] })
  const person = browser()
  const ask = async (path: string, form?: Record<string, string>) => {
    const init = form ? { method: 'POST', body: new URLSearchParams(form) } : {}
    const request = new Request(origin + path, { ...init, headers: { cookie: person.cookie() } })
    const reply = await Auth(request, {
      basePath: '/auth',
      secret: 'a-secret-of-these-tests',
      trustHost: true,
      logger: { error: () => undefined },
      providers: [Twitter({ clientId: APP.clientId, clientSecret: APP.clientSecret })],
    })
    person.keep(reply)
    return reply
  }
  const { csrfToken } = (await (await ask('/auth/csrf')).json()) as { csrfToken: string }
  const begun = await ask('/auth/signin/twitter', { csrfToken })
  const back = await consent(begun.headers.get('location') ?? '')
  await ask(back.pathname + back.search)
  return (await (await ask('/auth/session')).json()) as unknown
}

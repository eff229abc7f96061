import { createCookieFactory, createCookieSessionStorageFactory } from '@remix-run/server-runtime'
import { Authenticator } from 'remix-auth'
import { Twitter1Strategy, Twitter2Strategy } from 'remix-auth-twitter'
import { APP, browser, consent, control, whose } from './x.ts'

const ORIGIN = 'http://localhost:8787'

/** remix-auth-twitter: both OAuths by Remix's authenticator, at twitter.com. */
export async function play() {
  const back = (name: string) => `${ORIGIN}/${name}/callback`
  await control('PUT', 'app', { callbacks: [back('twitter1'), back('twitter2')] })
  const oauth1 = { consumerKey: APP.apiKey, consumerSecret: APP.apiSecret }
  const signed = new Twitter1Strategy<string>(
    { ...oauth1, callbackURL: back('twitter1') },
    async ({ profile }) => profile.screenName,
  )
  const oauth2 = { clientID: APP.clientId, clientSecret: APP.clientSecret }
  const bearer = new Twitter2Strategy<string>(
    { ...oauth2, callbackURL: back('twitter2'), scopes: ['tweet.read', 'users.read'] },
    ({ accessToken }) => whose(accessToken),
  )
  return { oauth1: await login(signed), oauth2: await login(bearer) }
}

/** Goes through Remix's two requests, with a cookie between them. */
async function login(strategy: Twitter1Strategy<string> | Twitter2Strategy<string>) {
  const createCookie = createCookieFactory({
    sign: async (value) => value,
    unsign: async (value) => value,
  })
  const storage = createCookieSessionStorageFactory(createCookie)({ cookie: { name: 's' } })
  const authenticator = new Authenticator<string>(storage).use(strategy)
  const person = browser()
  const ask = (url: string) => {
    const request = new Request(url, { headers: { cookie: person.cookie() } })
    return authenticator.authenticate(strategy.name, request)
  }
  const begun = await ask(`${ORIGIN}/login`).catch((thrown: unknown) => thrown)
  if (!(begun instanceof Response)) throw begun
  person.keep(begun)
  const back = await consent(begun.headers.get('location') ?? '')
  return ask(back.href)
}

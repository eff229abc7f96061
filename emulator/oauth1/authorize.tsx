import type { Context } from 'hono'
import { loggedIn, userOfBrowser } from '../browser-user.ts'
import type { X } from '../env.ts'
import { USERS_SHOWN } from '../limits.ts'
import { ConsentPage } from '../pages/consent.tsx'
import { page } from '../pages/page.tsx'
import { InvalidRequestTokenPage } from '../pages/refused.tsx'
import type { App } from '../store/apps.ts'
import type { RequestToken } from '../store/request-tokens.ts'
import { countUsers, findUser, listUsers, type User } from '../store/users.ts'
import { accessInWords } from './access.ts'
import { approve, deny } from './approve.tsx'
import { OUT_OF_BAND } from './callback.ts'
import { judgeToken } from './page-request.ts'
import { needNotAsk } from './skip.ts'

/** `GET /oauth/authorize` and `/oauth/authenticate`: asks the user, unless that may be skipped. */
export function showTokenConsent(c: Context<X>): Response | Promise<Response> {
  const judged = judgeToken(c)
  if ('hint' in judged) return invalid(c, judged.hint)
  const { app, request } = judged
  const user = userOfBrowser(c)
  if (user && needNotAsk(c, app, request, user)) {
    c.env.exchange.call.outcome = 'consent_skipped'
    return approve(c, app, request, user)
  }
  c.env.exchange.call.outcome = 'consent_shown'
  const named = findUser(c.env.world, c.req.query('screen_name') ?? '')
  return consent(c, app, request, named ?? user)
}

/**
 * `POST` to either, with `username` and `decision`. The request token stands in the URL, as for GET, or in
 * the form.
 */
export async function decideToken(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  const { form, call } = exchange
  const judged = judgeToken(c)
  if ('hint' in judged) return invalid(c, judged.hint)
  const { app, request } = judged
  if (form.get('decision') === 'cancel') return deny(c, app, request)
  if (form.get('decision') !== 'authorize') {
    return invalid(c, 'The form’s decision is neither "authorize" nor "cancel".')
  }
  const user = findUser(world, (form.get('other') || form.get('username')) ?? '')
  if (!user) return invalid(c, 'No such user. POST /_emulator/users makes one.')
  call.outcome = 'authorized'
  return loggedIn(await approve(c, app, request, user), user)
}

function consent(c: Context<X>, app: App, request: RequestToken, chosen: User | undefined) {
  const { world } = c.env
  const url = new URL(c.req.url)
  const first = listUsers(world, USERS_SHOWN)
  const shown = !chosen || first.some((user) => user.id === chosen.id)
  const target = request.callback === OUT_OF_BAND ? undefined : request.callback
  return page(
    <ConsentPage
      app={app.name}
      action={`${url.pathname}${url.search}`}
      scopes={accessInWords(request.access)}
      users={shown ? first : [chosen, ...first.slice(0, -1)]}
      more={countUsers(world) > USERS_SHOWN}
      chosen={chosen}
      target={target}
    />,
  )
}

/** X tells no app about a request token that is of no use. */
function invalid(c: Context<X>, hint: string): Response | Promise<Response> {
  c.env.exchange.call.outcome = 'refused: error page shown'
  c.env.exchange.call.why = hint
  return page(<InvalidRequestTokenPage hint={hint} />, 403)
}

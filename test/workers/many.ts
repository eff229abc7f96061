/** Many accounts at once: by the API and the emulator, without a browser. */
import { env } from 'cloudflare:workers'
import { adoptPair } from './unconfirmed'
import { atX, PERCH, x } from './world'

const CLIENT = `Basic ${btoa(`${env.X_CLIENT_ID}:${env.X_CLIENT_SECRET}`)}`
const VERIFIER = 'a-verifier-of-forty-three-characters-or-more'
const AT_ONCE = 10

/** Does `work` for each, some at once. */
export async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<unknown>) {
  const waiting = [...all]
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Accounts with live grants, that a sweep finds due. */
export async function connectDue(ids: readonly string[]): Promise<void> {
  await x(
    'POST',
    'users',
    ids.map((id) => ({ id, username: `m${id}` })),
  )
  await inParallel(ids, async (id) => {
    const { access_token, refresh_token } = await pairOf(`m${id}`)
    await adoptPair(id, access_token, refresh_token, true)
  })
}

/** What X gives for a consent, without Perch. */
export async function pairOf(username: string) {
  const redirect_uri = `${PERCH}/callback`
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: env.X_CLIENT_ID,
    redirect_uri,
    scope: env.X_SCOPES,
    state: 's',
    code_challenge: VERIFIER,
    code_challenge_method: 'plain',
  })
  const back = await atX(`${env.X_WEB_ORIGIN}/i/oauth2/authorize?${asked}`, username)
  const answer = await fetch(`${env.X_API_ORIGIN}/2/oauth2/token`, {
    method: 'POST',
    headers: { authorization: CLIENT },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(back).searchParams.get('code') ?? '',
      redirect_uri,
      code_verifier: VERIFIER,
    }),
  })
  return answer.json<{ access_token: string; refresh_token: string }>()
}

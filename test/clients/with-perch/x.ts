import { APP } from '../players/x.ts'

/** X ends this access token before its time, and leaves the rest of the grant as it is. */
export async function endAtX(token: string): Promise<void> {
  const reply = await fetch('https://api.x.com/2/oauth2/revoke', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${APP.clientId}:${APP.clientSecret}`)}` },
    body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
  })
  if (!reply.ok) throw new Error(await reply.text())
}

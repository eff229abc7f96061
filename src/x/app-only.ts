/**
 * The app-only bearer: one per app, without expiry, until it is invalidated. It holds percent signs and is used as it is.
 *
 * @see [X: Application-only authentication](https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only)
 */
import { jsonObject } from '../json'
import { basicCall, type RawReply, signedCall } from '../oauth/signed-call'
import { Secret } from '../secret'
import type { NotGranted } from './answer'
import { PATHS, REPEATABLE_CALL } from './endpoints'
import { type OAuth1App, type RequestToken, signer } from './oauth1'
import { judgeTrouble } from './trouble'

/** Fetches the bearer; X gives the same one each time. `now` is Unix seconds. */
export async function fetchBearer(
  app: OAuth1App,
  now: number,
): Promise<{ kind: 'granted'; value: Secret } | NotGranted> {
  const form: [string, string][] = [['grant_type', 'client_credentials']]
  const reply = await basicCall(app.apiOrigin + PATHS.appToken, form, user(app), REPEATABLE_CALL)
  const fields = fieldsOf(reply)
  if (reply.status === 200 && fields.token_type === 'bearer' && isFilled(fields.access_token))
    return { kind: 'granted', value: new Secret(fields.access_token) }
  return judgeTrouble(reply, now)
}

/** Ends the bearer, as its owner: signed with the token of the user that the app belongs to. */
export async function invalidateAsOwner(
  app: OAuth1App,
  bearer: Secret,
  owner: RequestToken,
  now: number,
): Promise<string | undefined> {
  // In the form, though X documents the query: addresses end up in logs along the way.
  const form: [string, string][] = [['access_token', bearer.reveal()]]
  const call = { method: 'POST', url: app.apiOrigin + PATHS.appInvalidate, form } as const
  const at = { ...REPEATABLE_CALL, timestamp: now }
  return invalidationRefusal(await signedCall(call, signer(app, owner), at), now)
}

/** Ends the bearer, with the app's key and secret. */
export async function invalidateWithBasic(
  app: OAuth1App,
  bearer: Secret,
  now: number,
): Promise<string | undefined> {
  const form: [string, string][] = [['access_token', bearer.reveal()]]
  return invalidationRefusal(
    await basicCall(app.apiOrigin + PATHS.appInvalidate, form, user(app), REPEATABLE_CALL),
    now,
  )
}

/** @returns undefined when X confirmed, else what it said instead */
function invalidationRefusal(reply: RawReply, now: number): string | undefined {
  if (reply.status === 200 && isFilled(fieldsOf(reply).access_token)) return undefined
  return judgeTrouble(reply, now).message
}

const user = (app: OAuth1App) => ({ name: app.apiKey, password: app.apiSecret })

const fieldsOf = ({ text }: RawReply): Record<string, unknown> => jsonObject(text) ?? {}

const isFilled = (value: unknown): value is string => typeof value === 'string' && value !== ''

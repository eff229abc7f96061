/** Where to send a user who has to log in again: to the flow that brings the kind of grant that is missing. */
import type { Context } from 'hono'
import { loginAddress } from '../account/login-address'
import { configOf } from '../env'
import type { LoginNeeded } from '../failure'
import { FLOWS } from '../login/flows'
import { type AppEnv, originOf } from './middleware'

/**
 * The address that a browser opens to log in; undefined where no such login is offered to browsers here, of which {@link
 * noLoginUrl} then has the words.
 */
export function loginUrl(c: Context<AppEnv>, needed: LoginNeeded): string | undefined {
  try {
    return loginAddress(configOf(c.env), originOf(c), needed)
  } catch {
    // PUBLIC_ORIGIN is missing: an error must not fail on the way out.
    return undefined
  }
}

/** What the operator or the program can do where there is no {@link loginUrl}. */
export function noLoginUrl(c: Context<AppEnv>, { kind }: LoginNeeded): string {
  const { flows, problems } = configOf(c.env)
  const names = Object.entries(FLOWS).flatMap(([flow, row]) =>
    row.grantKind === kind ? [flow] : [],
  )
  if (!flows.some((flow) => names.includes(flow)))
    return `No login that brings such a grant is offered here: the operator adds ${names.join(', or ')} to LOGIN_FLOWS.`
  if (problems.has('LOGIN_ALLOW'))
    return 'Browsers may not begin logins here (LOGIN_ALLOW is not set): begin one with POST /v1/logins.'
  return 'Perch is not set up for such logins yet: see GET /healthz.'
}

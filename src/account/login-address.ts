/** Where a user logs in who has to bring another grant. */
import type { Config } from '../env'
import type { LoginNeeded } from '../failure'
import { KINDS_AT_X } from '../x/grant-kinds'

/**
 * The address that a browser opens; undefined where no such login is offered to browsers.
 *
 * @param origin - where Perch is reached; undefined: nobody knows.
 */
export function loginAddress(
  { flows, problems }: Config,
  origin: string | undefined,
  { kind, username }: LoginNeeded,
): string | undefined {
  const { loginFlows, settings } = KINDS_AT_X[kind]
  const flow = flows.find((each) => loginFlows.includes(each))
  const isWanting = problems.has('LOGIN_ALLOW') || settings.some((name) => problems.has(name))
  if (flow === undefined || origin === undefined || isWanting) return undefined
  const url = new URL('/login', origin)
  url.searchParams.set('flow', flow)
  if (username !== undefined) url.searchParams.set('screen_name', username)
  return url.href
}

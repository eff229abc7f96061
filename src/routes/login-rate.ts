/**
 * How many logins are begun. Each costs a KV write or a call to X, so nobody may begin them without end; and since anybody
 * may begin one, nobody may use up what others need.
 */
import type { Context } from 'hono'
import { Failure } from '../failure'
import {
  LOGIN_ADDRESSES_REMEMBERED,
  LOGIN_LIMIT_PERIOD_SECONDS,
  LOGIN_TTL_SECONDS,
} from '../limits'
import type { AppEnv } from './middleware'
import { network, siteOf } from './network'

/**
 * The networks that this isolate let begin a login lately, with the Unix second until which it is remembered. A rate
 * limiter cannot be asked without being charged, so it cannot tell who was admitted from who only tried.
 */
const admitted = new Map<string, number>()

/**
 * Counts a login that a browser begins. Its network (an IPv4 address, a /64 of IPv6) has a limit of its own. What all
 * have together is charged by networks that are new here, and an IPv6 site (/48) may bring only a part of it: otherwise a
 * handful of /64s, which cost nothing, would lock everybody out.
 *
 * @returns whether something may be written or asked of X for it: false where new networks have used up what all have
 * @throws Failure `rate_limited` where the network or its site begins too many.
 */
export async function countLogin(c: Context<AppEnv>): Promise<boolean> {
  const { LOGIN_LIMIT_ADDRESS, LOGIN_LIMIT_SITE, LOGIN_LIMIT_TOTAL } = c.env
  const now = c.get('now')
  const key = network(c.req.header('cf-connecting-ip') ?? 'unknown')
  await charge(LOGIN_LIMIT_ADDRESS, key)
  if ((admitted.get(key) ?? 0) <= now) {
    const site = siteOf(key)
    if (site !== undefined) await charge(LOGIN_LIMIT_SITE, site)
    if (!(await LOGIN_LIMIT_TOTAL.limit({ key: 'all' })).success) return false
  }
  remember(key, now)
  return true
}

/** Counts a login that a caller begins. @throws Failure `rate_limited` */
export const countLoginOf = ({ LOGIN_LIMIT_CALLER }: Env, caller: string): Promise<void> =>
  charge(LOGIN_LIMIT_CALLER, caller)

/** The failure of a login that is not begun, since somebody, or all together, began too many. */
export const tooManyLogins = (): Failure =>
  new Failure('rate_limited', undefined, LOGIN_LIMIT_PERIOD_SECONDS)

async function charge(limiter: RateLimit, key: string): Promise<void> {
  if (!(await limiter.limit({ key })).success) throw tooManyLogins()
}

function remember(key: string, now: number): void {
  admitted.delete(key)
  admitted.set(key, now + LOGIN_TTL_SECONDS)
  // A Map keeps the order of insertion, so the first key is the oldest.
  if (admitted.size > LOGIN_ADDRESSES_REMEMBERED) admitted.delete(admitted.keys().next().value!)
}

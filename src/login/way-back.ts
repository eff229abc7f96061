/** What leads a browser back after its login has failed or expired: a cookie that lives a day, sealed. */
import type { Keyring } from '../crypto/keyring'
import { openJson, sealJson } from '../crypto/sealed-json'
import { BACK_COOKIE_MAX_CHARS } from '../limits'
import type { Flow } from '../setting-values'
import { stamped, upToDate } from '../store/version'
import { BACK_COOKIE } from './migrations'

/** Where a browser came from: how it began its last login, and where that was to return. */
export interface WayBack {
  /** The flow of a login that the browser began itself, and may begin again; a caller's login has none here. */
  flow?: Flow
  returnTo?: string
}

const PLACE = 'cookie/back'

/** The text of the cookie. A return address that is too long for it is cut, at last to its origin. */
export async function sealWayBack(keyring: Keyring, way: WayBack): Promise<string> {
  for (const each of [way, ...shorter(way)]) {
    const text = await sealJson(keyring, stamped(each, BACK_COOKIE), PLACE)
    if (text.length <= BACK_COOKIE_MAX_CHARS) return text
  }
  const { returnTo: _, ...rest } = way
  return sealJson(keyring, stamped(rest, BACK_COOKIE), PLACE)
}

function shorter({ returnTo, ...rest }: WayBack): WayBack[] {
  const origin = returnTo && originOfReturn(returnTo)
  return origin === undefined || origin === '' ? [] : [{ ...rest, returnTo: origin }]
}

/** Opens what {@link sealWayBack} made; undefined for whatever else a browser may bring. */
export async function openWayBack(
  keyring: Keyring,
  text: string | undefined,
): Promise<WayBack | undefined> {
  if (!text?.startsWith('v1.')) return undefined
  try {
    return upToDate<WayBack>(await openJson<object>(keyring, text, PLACE), BACK_COOKIE)
  } catch {
    return undefined
  }
}

/**
 * The start page of the app that a login returns to, for browsers other than the one that began it: its path and query
 * are that one's own. Undefined for an app that has no page.
 */
export function originOfReturn(returnTo: string): string | undefined {
  const url = URL.parse(returnTo)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return isWeb ? `${url.origin}/` : undefined
}

/** A DELETE half done: what X has ended of grants that stay here, or may have. Plain data in, plain data out. */
import type { EndedAtX, EndedTokens, GrantKind, VaultOAuth1, VaultOAuth2 } from '../store/vault'
import { reverted } from './adoption'
import { type Connected, isSameGrant } from './record'

/** What a DELETE came to for one grant that an account holds; see {@link EndedTokens}. */
export interface EndNote {
  grant: VaultOAuth1 | VaultOAuth2
  tokens: EndedTokens
}

/**
 * The record after a DELETE that X did not confirm in full. A grant that was imported and has ended as a whole gives way
 * to the one before it, of which that is not so.
 *
 * @param notes - of grants that are not held any more nothing is noted
 * @param now - Unix seconds.
 */
export function withEndsNoted(
  record: Connected,
  notes: readonly EndNote[],
  now: number,
): Connected {
  const noted = <Grant extends VaultOAuth1 | VaultOAuth2>(grant: Grant): Grant => {
    const note = notes.find((each) => isSameGrant(grant, each.grant))
    if (!note || Object.keys(note.tokens).length === 0) return grant
    return { ...grant, endedAtX: { since: grant.endedAtX?.since ?? now, tokens: note.tokens } }
  }
  const { oauth1, oauth2 } = record
  const formers = record.formers?.map(noted).filter((former) => !isOver(former))
  const { formers: _, ...rest } = record
  const next = {
    ...rest,
    ...(oauth2 ? { oauth2: noted(oauth2) } : {}),
    ...(oauth1 ? { oauth1: noted(oauth1) } : {}),
    ...(formers && formers.length > 0 ? { formers } : {}),
  }
  return next.oauth2 && isOver(next.oauth2) ? reverted(next, now) : next
}

/**
 * What is to be noted of grants whose end an object that died had begun: X may have ended all of them.
 *
 * @param kinds - the kinds of grant that the object was to end.
 */
export function unheardEnds(record: Connected, kinds: readonly GrantKind[]): EndNote[] {
  const { oauth1, oauth2, formers = [] } = record
  const pairs = kinds.includes('oauth2') ? [oauth2, ...formers] : []
  return [
    ...pairs.flatMap((grant) => (grant ? [{ grant, tokens: unheardOf(grant) }] : [])),
    ...(oauth1 && kinds.includes('oauth1') ? [{ grant: oauth1, tokens: unheardOf(oauth1) }] : []),
  ]
}

function unheardOf(grant: VaultOAuth1 | VaultOAuth2): EndedTokens {
  const names = 'token' in grant ? (['token'] as const) : PAIR
  const held = names.filter((name) => name !== 'refreshToken' || 'refreshToken' in grant)
  return Object.fromEntries(
    held.map((name) => [name, grant.endedAtX?.tokens[name] ?? ('unheard' as const)]),
  )
}

/** Whether X has ended both tokens of a pair. */
function isOver({ refreshToken, endedAtX }: VaultOAuth2): boolean {
  const { tokens } = endedAtX ?? { tokens: {} as EndedTokens }
  return (
    tokens.accessToken === 'ended' &&
    (refreshToken === undefined || tokens.refreshToken === 'ended')
  )
}

const PAIR = ['refreshToken', 'accessToken'] as const

/** Says in words what a DELETE half done means for whoever uses the grant. */
export function endInWords({ tokens }: EndedAtX): string {
  const { refreshToken, accessToken } = tokens
  const done =
    refreshToken === 'ended'
      ? `A DELETE has ended the refresh token at X${accessToken === 'unheard' ? ', and maybe the access token' : ''}, and X did not confirm the rest.`
      : 'A DELETE asked X to end this grant, and X’s answer got lost: its tokens may have ended.'
  return `${done} Repeat the DELETE, or log in again.`
}

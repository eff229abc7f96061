/** No field of an account can be forgotten where a record is put together from another one. */
import { describe, expect, it } from 'vitest'
import { adopted } from '../../../src/account/adoption'
import { disconnected, FIELDS, vaultCopy, withoutGrant } from '../../../src/account/fields'
import type { Connected, Tombstone } from '../../../src/account/record'
import { adoption, connected, grant, NOW, userToken } from './grants'

/** The record of a build that has given accounts one more field. */
type Grown = Connected & { colour?: string }

// @ts-expect-error: a field of an account without a line in the table of fields does not compile.
FIELDS satisfies { [Field in keyof Grown]-?: unknown }

type GrownTombstone = Tombstone & { colour?: string }
const { id: _, disconnectedAtMs: __, generation: ___, kv: ____, ...rest } = {} as GrownTombstone
const { toldAgainAtMs: _____, ...unknown } = rest
// @ts-expect-error: nor does one of a tombstone that the next login's record leaves out.
unknown satisfies Record<string, never>

/** A record with every field there is. */
const FULL: Required<Connected> = {
  ...connected(),
  picture: 'https://pbs.twimg.com/alice.png',
  verified: false,
  email: 'v1.k.i.email',
  oauth2: grant({ imported: true }),
  oauth1: userToken(),
  usedAt: NOW,
  formers: [grant()],
  attempt: { id: 'a', generation: 7, startedAt: NOW },
  inDoubt: { since: NOW },
  triedAtMs: NOW * 1000,
  forced: { at: NOW, gap: 60 },
  endedGeneration: 6,
  endedAtMs: { oauth1: 1 },
  exchange: { scope: 'a', since: NOW, tries: 0, retryAt: NOW },
  exchangeUntil: NOW,
  healedAt: [NOW],
  refusalRetracted: true,
  revokedAtX: { at: NOW, tries: 0, retryAt: NOW },
  revokedHeardAt: NOW,
  disconnecting: { since: NOW, force: false },
  endingGrant: { since: NOW, force: false, kind: 'oauth1', obtainedAtMs: 1 },
  kv: { refusals: 1, retryAtMs: 1 },
  toldAgainAtMs: 1,
  told: 'degraded',
  synced: true,
}

describe('of a record with every field', () => {
  it('KV gets what readers need, without the journal', () => {
    expect(Object.keys(vaultCopy(FULL))).toEqual([
      'id',
      'username',
      'name',
      'picture',
      'verified',
      'email',
      'status',
      'oauth2',
      'oauth1',
      'usedAt',
      'formers',
    ])
  })

  it('another OAuth 2.0 grant leaves the other kind’s, the last use, the ends, and what is known of KV', () => {
    const { oauth2: _, ...other } = adopted(FULL, adoption('next', NOW * 1000 + 1), NOW)
    const { oauth1, usedAt, endedAtMs, endingGrant, kv } = FULL
    const { id, username, name, picture, verified, email } = FULL
    const logins = ['first', 'next']
    const profile = { id, username, name, picture, verified, email }
    const { exchangeUntil, told } = FULL
    const rest = { oauth1, usedAt, endedAtMs, endingGrant, exchangeUntil, kv, told }
    expect(other).toEqual({ ...profile, status: 'ok', logins, ...rest })
  })

  it('the end of OAuth 2.0 takes along what is known of refreshes, and the e-mail address', () => {
    const {
      oauth2,
      usedAt,
      formers,
      attempt,
      inDoubt,
      forced,
      exchange,
      refusalRetracted,
      revokedAtX,
      email,
      ...rest
    } = FULL
    expect(withoutGrant(FULL, 'oauth2', 5)).toEqual({
      ...rest,
      status: 'ok',
      endedAtMs: { oauth1: 1, oauth2: 5 },
      endedGeneration: oauth2.generation,
    })
  })

  it('a deletion leaves no profile and no secret', () => {
    const { id, kv, oauth2 } = FULL
    const { generation } = oauth2
    expect(disconnected(FULL, 5)).toEqual({ id, kv, generation, disconnectedAtMs: 5 })
  })
})

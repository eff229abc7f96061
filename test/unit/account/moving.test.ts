/** An account that comes from another deployment: what of it is taken, and the record then. */
import { describe, expect, it } from 'vitest'
import { invariantsOf } from '../../../src/account/invariants'
import { judgeMove, movedIn } from '../../../src/account/moving'
import type { AccountRecord, Connected } from '../../../src/account/record'
import type { VaultAccount, VaultOAuth1, VaultOAuth2 } from '../../../src/store/vault'

const NOW = 1_800_000_000
const pair = (obtainedAtMs: number, generation: number, more: Partial<VaultOAuth2> = {}) =>
  ({
    accessToken: 'v1.k.i.access',
    refreshToken: 'v1.k.i.refresh',
    scope: 'tweet.read',
    expiresAt: NOW + 7200,
    dueAt: NOW + 6000,
    clientId: 'client',
    obtainedAtMs,
    generation,
    ...more,
  }) satisfies VaultOAuth2
const key = (obtainedAtMs: number, more: Partial<VaultOAuth1> = {}): VaultOAuth1 => ({
  token: 'v1.k.i.token',
  tokenSecret: 'v1.k.i.secret',
  apiKey: 'api',
  obtainedAtMs,
  ...more,
})
const account = (grants: Partial<VaultAccount>): VaultAccount => ({
  id: '1',
  username: 'alice',
  name: 'Alice',
  status: 'ok',
  ...grants,
})
const held = (grants: Partial<Connected>): Connected => ({
  ...account({}),
  logins: ['login'],
  ...grants,
})
const deletedAt = (disconnectedAtMs: number): AccountRecord => ({
  id: '1',
  disconnectedAtMs,
  generation: 9,
})

const MOVED = account({ oauth2: pair(100, 5), oauth1: key(50) })

describe('what is taken', () => {
  it.each<[string, AccountRecord | undefined, VaultAccount, string, string[]]>([
    ['into an empty place: all', undefined, MOVED, 'imported', ['oauth2', 'oauth1']],
    ['again: nothing', held(MOVED), MOVED, 'already', []],
    [
      'what was refreshed here since: nothing',
      held({ oauth2: pair(100, 8), oauth1: key(50) }),
      MOVED,
      'already',
      [],
    ],
    [
      'a later pair of the same grant',
      held({ oauth2: pair(100, 4), oauth1: key(50) }),
      MOVED,
      'imported',
      ['oauth2'],
    ],
    [
      'a later login’s grant',
      held({ oauth2: pair(90, 7) }),
      MOVED,
      'imported',
      ['oauth2', 'oauth1'],
    ],
    [
      'what came before a login here: nothing',
      held({ oauth2: pair(200, 6), oauth1: key(60) }),
      MOVED,
      'superseded',
      [],
    ],
    [
      'over the grant of another app: nothing',
      held({ oauth2: pair(90, 1, { clientId: 'other' }), oauth1: key(50) }),
      MOVED,
      'occupied',
      [],
    ],
    ['beside a kind that is here', held({ oauth1: key(50) }), MOVED, 'imported', ['oauth2']],
    ['what was deleted here since: nothing', deletedAt(150), MOVED, 'disconnected', []],
    ['what came after a DELETE', deletedAt(70), MOVED, 'imported', ['oauth2']],
    [
      'one grant was ended here since',
      held({ oauth1: key(50), endedAtMs: { oauth2: 150 }, endedGeneration: 6 }),
      MOVED,
      'disconnected',
      [],
    ],
  ])('%s', (_, record, moved, how, kinds) => {
    expect(judgeMove(record, moved)).toEqual({ how, kinds })
  })
})

describe('the record then', () => {
  const taken = (record: AccountRecord | undefined, moved = MOVED): Connected =>
    movedIn(record, moved, judgeMove(record, moved).kinds, NOW * 1000)

  it.each<[string, AccountRecord | undefined, VaultAccount]>([
    ['an empty place', undefined, MOVED],
    ['a deleted account', { ...deletedAt(10), kv: { refusals: 1, retryAtMs: 5 } }, MOVED],
    [
      'a former pair',
      held({ oauth2: pair(100, 4), attempt: { id: 'a', generation: 4, startedAt: 1 } }),
      MOVED,
    ],
    ['an ended generation', held({ oauth1: key(1), endedGeneration: 40 }), MOVED],
    ['OAuth 1.0a alone', undefined, account({ oauth1: key(50) })],
    [
      'a login that is needed',
      undefined,
      account({
        status: 'login_required',
        oauth2: pair(100, 5, {
          ended: { reason: 'refused_by_x', since: 1 },
          failure: { code: 'refused', message: 'm', at: 1, tries: 1, retryAt: 2 },
        }),
      }),
    ],
    ['a suspicion', undefined, account({ status: 'suspected', oauth2: pair(100, 5) })],
    [
      'an import with its former',
      undefined,
      account({ oauth2: pair(100, 5, { imported: true }), formers: [pair(90, 3)] }),
    ],
  ])('%s: holds what must hold', (_, record, moved) => {
    expect(invariantsOf(taken(record, moved))).toEqual([])
  })

  it('its pair is in doubt, and has a generation of its own', () => {
    expect(taken(undefined)).toMatchObject({ inDoubt: { since: NOW }, oauth2: { generation: 5 } })
    expect(taken(deletedAt(10)).oauth2?.generation).toBe(10)
    expect(taken(undefined, account({ oauth1: key(1) }))).not.toHaveProperty('inDoubt')
    const { refreshToken: _, ...alone } = pair(100, 5)
    const moved = account({ oauth2: { ...alone, dueAt: null } })
    expect(taken(undefined, moved)).not.toHaveProperty('inDoubt')
  })

  it('keeps what is here of the other kind, and the logins', () => {
    const before = held({ oauth1: key(70), endedAtMs: { oauth1: 3 } })
    const after = taken(before)
    expect(after).toMatchObject({ oauth1: key(70), logins: ['login'], endedAtMs: { oauth1: 3 } })
    const other = held({ oauth2: pair(200, 9), attempt: { id: 'a', generation: 9, startedAt: 1 } })
    expect(taken(other)).toMatchObject({
      oauth1: key(50),
      oauth2: pair(200, 9),
      attempt: { id: 'a' },
    })
  })
})

import { describe, expect, it } from 'vitest'
import { ACCOUNT_ROW } from '../../../src/account/migrations'
import { APP_ROW } from '../../../src/app/migrations'
import { COPY_ROW, REGISTRY_ROW } from '../../../src/caller/migrations'
import { LOGIN_ROW, migrationsFor, PENDING } from '../../../src/login/migrations'
import {
  ACCOUNT_COPY,
  BEARER,
  CALLER,
  CALLER_COPY,
  QUEUE_MESSAGE,
} from '../../../src/store/migrations'
import { type Migration, stamped, unlessNewer, upToDate } from '../../../src/store/version'

const up: Migration[] = [
  (record) => ({ ...record, one: true }),
  (record) => ({ ...record, two: record.one }),
]
const failureOf = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return (error as { data?: { code?: unknown } }).data?.code
  }
}

describe('a record', () => {
  it('is brought from its version to the newest, one migration after the other', () => {
    expect(upToDate({ id: '1' }, up)).toEqual({ id: '1', one: true, two: true })
    expect(upToDate({ v: 1, id: '1', one: false }, up)).toEqual({ id: '1', one: false, two: false })
    expect(upToDate({ v: 2, id: '1' }, up)).toEqual({ id: '1' })
  })

  it('is written with the newest version', () => {
    expect(stamped({ id: '1' }, up)).toEqual({ v: 2, id: '1' })
    expect(upToDate(stamped({ id: '1' }, up), up)).toEqual({ id: '1' })
  })

  it.each([3, 1e9, '1', null, {}])('of a version that is not known is refused: %j', (v) => {
    expect(failureOf(() => upToDate({ v, id: '1' }, up))).toBe('storage_newer')
    expect(unlessNewer(() => upToDate({ v }, up))).toBeUndefined()
  })

  it('that cannot be read for another reason is no later build’s', () => {
    const broken = () => {
      throw new SyntaxError('no JSON')
    }
    expect(() => unlessNewer(broken)).toThrow('no JSON')
  })
})

/** What the build before versions wrote, and what is made of it. Kinds whose form did not change have the same twice. */
const failure = (field: string) => ({ code: 'unknown', [field]: 'X is down.', at: 1, tries: 1 })
const held = (field: string) => ({
  generation: 1,
  failure: failure(field),
  lastFailure: failure(field),
})
const grantsBefore = { oauth2: held('words'), former: held('words') }
const grantsNow = { oauth2: held('message'), formers: [held('message')] }
const view = (field: string) => ({
  id: '1',
  oauth2: { scope: '', failure: failure(field), last_failure: failure(field) },
})
it.each<[string, readonly Migration[], object, object]>([
  [
    'account',
    ACCOUNT_ROW,
    {
      id: '1',
      ...grantsBefore,
      doubt: { since: 1 },
      doubted: true,
      leaving: { since: 1, force: false },
      told: true,
      kv: { refusals: 1, retryAtMs: 0 },
    },
    {
      id: '1',
      ...grantsNow,
      inDoubt: { since: 1 },
      refusalRetracted: true,
      disconnecting: { since: 1, force: false },
      synced: true,
      kv: { refusals: 1, retryAtMs: 0 },
    },
  ],
  [
    'deleted account',
    ACCOUNT_ROW,
    { id: '1', forgottenAtMs: 1, generation: 1 },
    { id: '1', disconnectedAtMs: 1, generation: 1 },
  ],
  [
    'login',
    LOGIN_ROW,
    { id: 'l', maker: { id: 'c' }, account: view('words') },
    { id: 'l', creator: { id: 'c' }, account: view('message') },
  ],
  [
    'pending login',
    PENDING,
    { flow: 'oauth2', maker: { id: 'c' }, binding: 'b' },
    { flow: 'oauth2', creator: { id: 'c' }, browserSecret: 'b' },
  ],
  [
    'app',
    APP_ROW,
    {
      sweeps: [],
      halt: { reason: 'mass_refusal', words: 'w' },
      lastHalt: { words: 'w', until: 1 },
    },
    {
      sweeps: [],
      halt: { reason: 'mass_refusal', message: 'w' },
      lastHalt: { message: 'w', until: 1 },
    },
  ],
  ['KV copy', ACCOUNT_COPY, { id: '1', ...grantsBefore }, { id: '1', ...grantsNow }],
  ['caller', CALLER, { id: 'c' }, { id: 'c' }],
  ['KV copy of a caller', CALLER_COPY, { id: 'c' }, { id: 'c' }],
  ['what is known of it', COPY_ROW, { keyId: 'k' }, { keyId: 'k' }],
  ['registry', REGISTRY_ROW, { adoptedAt: 1 }, { adoptedAt: 1 }],
  ['bearer', BEARER, { bearer: 'b' }, { bearer: 'b' }],
  [
    'sweep under way',
    QUEUE_MESSAGE,
    { sweep: { mayReseal: 1, census: { due: 1 } } },
    { sweep: { mayReseal: 1, stats: { due: 1 } } },
  ],
  ['hint', QUEUE_MESSAGE, { reseal: ['1'] }, { reseal: ['1'] }],
])('%s of version 0 says the same in version 1', (_, migrations, before, after) => {
  expect(upToDate(before, migrations.slice(0, 1))).toEqual(after)
  // Where it is of version 1 and does not say so, as between objects, nothing happens to it.
  expect(upToDate(after, migrations.slice(0, 1))).toEqual(after)
})

it.each([
  ['row', LOGIN_ROW, 2],
  ['pending state', PENDING, 1],
] as const)('a login’s %s is of a newer version only through the second app', (_, all, former) => {
  const version = (login: { loginApp?: string }) => stamped(login, migrationsFor(all, login)).v
  expect(version({})).toBe(former)
  expect(version({ loginApp: 'id-2' })).toBe(all.length)
  expect(failureOf(() => upToDate({ v: all.length }, all.slice(0, former)))).toBe('storage_newer')
  expect(upToDate({ v: former, id: 'l' }, all)).toEqual({ id: 'l' })
})

describe('the app’s row of version 1', () => {
  const now = (record: object) => upToDate<Record<string, unknown>>({ v: 1, ...record }, APP_ROW)
  const refusals = { reason: 'mass_refusal', message: 'm', since: 1, probeAt: 2 }

  it('has a halt for refusals, which is tested with those that it suspects', () => {
    expect(now({ sweeps: [], halt: refusals, suspects: ['1', '2'] })).toEqual({
      sweeps: [],
      window: [],
      suspects: ['1', '2'],
      halt: { ...refusals, step: 0, refused: ['1', '2'] },
    })
  })

  it.each([[{}], [{ halt: { ...refusals, reason: 'credentials_refused' } }]])('%j', (record) => {
    expect(now(record)).toEqual({ ...record, window: [] })
  })

  it('asked between two objects, of this version and without saying so, stays as it is', () => {
    const held = { window: [{ at: 0 }], halt: { ...refusals, step: 2, refused: ['3'] } }
    expect(upToDate(held, APP_ROW)).toEqual(held)
  })
})

/** Which events an endpoint is sent: those that it asks for and its owner may see now. */
import { expect, it } from 'vitest'
import { isWanted } from '../../../src/endpoint/wanted'
import type { Reader } from '../../../src/events/event'
import type { EndpointRecord } from '../../../src/store/endpoints'

const ALL: Reader = { accounts: undefined, readsX: true }
const endpoint = (change: Partial<EndpointRecord>): EndpointRecord => ({
  ...{ id: 'ep_1', url: 'https://a.example/', secrets: [], createdAt: 1, epoch: 1, after: 0 },
  ...change,
})
const ABOUT = { type: 'account.connected', data: { account: { id: '1' } } } as const
const NONE = { type: 'app.halted', data: {} } as const
const X = { type: 'x.post.create', data: { account: { id: '1' } } } as const

it.each([
  ['all', ABOUT, {}, ALL, true],
  ['all, about none', NONE, {}, ALL, true],
  ['the type', ABOUT, { types: ['account.connected'] }, ALL, true],
  ['the beginning', ABOUT, { types: ['app.*', 'account.*'] }, ALL, true],
  ['another type', ABOUT, { types: ['account.disconnected'] }, ALL, false],
  ['a type that begins alike', ABOUT, { types: ['acc.*', 'account.connect'] }, ALL, false],
  ['the account', ABOUT, { accounts: ['2', '1'] }, ALL, true],
  ['another account', ABOUT, { accounts: ['2'] }, ALL, false],
  ['an account, of an event about none', NONE, { accounts: ['1'] }, ALL, false],
  ['the owner’s account', ABOUT, {}, { accounts: ['1'], readsX: false }, true],
  ['not the owner’s', ABOUT, {}, { accounts: ['2'], readsX: false }, false],
  [
    'not the owner’s any more',
    ABOUT,
    { accounts: ['1'] },
    { accounts: ['2'], readsX: false },
    false,
  ],
  ['about none, of a limited owner', NONE, {}, { accounts: ['1'], readsX: false }, false],
  ['X’s', X, {}, ALL, true],
  ['X’s, without the scope', X, {}, { accounts: undefined, readsX: false }, false],
  [
    'X’s by name, without the scope',
    X,
    { types: ['x.*'] },
    { accounts: ['1'], readsX: false },
    false,
  ],
  ['an owner who may read nothing', ABOUT, {}, null, false],
])('%s', (_, event, change, reader, isSent) => {
  expect(isWanted(event, { endpoint: endpoint(change), reader })).toBe(isSent)
})

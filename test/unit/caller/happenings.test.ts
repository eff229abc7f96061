/** What others are told of a change of a caller or an endpoint. */
import { describe, expect, it } from 'vitest'
import {
  changedEndpoint,
  disabledEndpoint,
  enabledEndpoint,
  rotatedEndpoint,
} from '../../../src/caller/endpoint-changes'
import { callerHappenings, endpointHappenings } from '../../../src/caller/happenings'
import type { CallerRecord } from '../../../src/store/callers'
import type { EndpointRecord } from '../../../src/store/endpoints'

const CALLER: CallerRecord = {
  id: '0123456789abcdef',
  name: 'bot',
  secretHash: 'the hash of a secret',
  scopes: ['events'],
  createdAt: 1,
}
const caller = (change: Partial<CallerRecord>): CallerRecord => ({ ...CALLER, ...change })

const ENDPOINT: EndpointRecord = {
  id: 'ep_0123456789abcdef',
  url: 'https://hooks.example.com/services/T0/B0/secret?token=secret',
  description: 'pager',
  caller: CALLER.id,
  secrets: [{ sealed: 'v1.k1.iv.secret' }],
  createdAt: 1,
  epoch: 1,
  after: 7,
}
const off = disabledEndpoint(ENDPOINT, 'failing', 9)

describe('a caller', () => {
  it.each<[string, CallerRecord | undefined, CallerRecord | undefined, string[]]>([
    ['is made', undefined, CALLER, ['caller.created']],
    ['is ended', CALLER, undefined, ['caller.deleted']],
    ['that is unknown is ended', undefined, undefined, []],
    ['stays as it is', CALLER, caller({}), []],
    ['has another name', CALLER, caller({ name: 'b' }), ['caller.changed']],
    ['has other scopes', CALLER, caller({ scopes: ['sign'] }), ['caller.changed']],
    ['is limited', CALLER, caller({ accounts: ['1'] }), ['caller.changed']],
    [
      'is limited to others',
      caller({ accounts: ['1'] }),
      caller({ accounts: ['2'] }),
      ['caller.changed'],
    ],
    ['has an address', CALLER, caller({ returnTo: ['https://a.example'] }), ['caller.changed']],
    ['is to expire', CALLER, caller({ expiresAt: 5 }), ['caller.changed']],
    ['is rotated', CALLER, caller({ secretHash: 'another' }), ['caller.rotated']],
    ['has a former key that went', caller({ formerKeys: [] }), CALLER, []],
  ])('%s', (_, before, after, types) => {
    expect(callerHappenings(before, after).map(({ type }) => type)).toEqual(types)
  })

  it('is told as it is now, without anything secret', () => {
    const [happening] = callerHappenings(CALLER, caller({ accounts: ['1'] }))
    const { id, name, scopes } = CALLER
    expect(happening?.data).toEqual({ caller: { id, name, scopes, limited: true } })
  })
})

describe('an endpoint', () => {
  it.each<[string, EndpointRecord | undefined, EndpointRecord | undefined, string[]]>([
    ['is made', undefined, ENDPOINT, ['endpoint.created']],
    ['is ended', ENDPOINT, undefined, ['endpoint.deleted']],
    ['is unknown', undefined, undefined, []],
    ['stays as it is', ENDPOINT, changedEndpoint(ENDPOINT, {}, 9), []],
    [
      'moves',
      ENDPOINT,
      changedEndpoint(ENDPOINT, { url: 'https://b.example/' }, 9),
      ['endpoint.changed'],
    ],
    [
      'wants some types',
      ENDPOINT,
      changedEndpoint(ENDPOINT, { types: ['app.*'] }, 9),
      ['endpoint.changed'],
    ],
    [
      'wants some accounts',
      ENDPOINT,
      changedEndpoint(ENDPOINT, { accounts: ['1'] }, 9),
      ['endpoint.changed'],
    ],
    [
      'has no description',
      ENDPOINT,
      changedEndpoint(ENDPOINT, { description: null }, 9),
      ['endpoint.changed'],
    ],
    ['is rotated', ENDPOINT, rotatedEndpoint(ENDPOINT, 'v1.k1.iv.new', 9), ['endpoint.rotated']],
    ['is switched off', ENDPOINT, off, ['endpoint.disabled']],
    ['is switched off again', off, changedEndpoint(off, { enabled: false }, 10), []],
    ['is switched on', off, enabledEndpoint(off, 12), ['endpoint.enabled']],
    [
      'is switched on again',
      ENDPOINT,
      changedEndpoint(ENDPOINT, { enabled: { after: 12 } }, 9),
      [],
    ],
    [
      'moves and is switched on',
      off,
      changedEndpoint(off, { url: 'https://b.example/', enabled: { after: 12 } }, 10),
      ['endpoint.changed', 'endpoint.enabled'],
    ],
  ])('%s', (_, before, after, types) => {
    expect(endpointHappenings(before, after).map(({ type }) => type)).toEqual(types)
  })

  it('is told with the origin of its address alone, and with the reason where it is switched off', () => {
    const [happening] = endpointHappenings(ENDPOINT, off)
    const { id, description } = ENDPOINT
    const endpoint = { id, url: 'https://hooks.example.com', description, caller: CALLER.id }
    expect(happening?.data).toEqual({ endpoint, reason: 'failing' })
    expect(JSON.stringify(happening)).not.toContain('secret')
  })

  it('begins anew where it is switched on, and goes on where it was on', () => {
    expect(enabledEndpoint(off, 12)).toMatchObject({ epoch: 2, after: 12 })
    expect(enabledEndpoint(off, 12)).not.toHaveProperty('disabled')
    expect(enabledEndpoint(ENDPOINT, 12)).toEqual(ENDPOINT)
  })
})

describe('a secret that is rotated', () => {
  it('signs along for a day, and those before it no longer than they had', () => {
    const first = rotatedEndpoint(ENDPOINT, 'second', 1000)
    expect(first.secrets).toEqual([
      { sealed: 'second' },
      { sealed: 'v1.k1.iv.secret', until: 87_400 },
    ])
    const second = rotatedEndpoint(first, 'third', 2000)
    expect(second.secrets.map(({ until }) => until)).toEqual([undefined, 88_400, 87_400])
    expect(rotatedEndpoint(second, 'fourth', 87_400).secrets).toHaveLength(3)
  })

  it('is refused where six would sign', () => {
    let endpoint = ENDPOINT
    for (let n = 0; n < 5; n++) endpoint = rotatedEndpoint(endpoint, `n${n}`, 1000)
    expect(() => rotatedEndpoint(endpoint, 'one more', 1000)).toThrow(/6 secrets/)
  })
})

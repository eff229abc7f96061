/** The endpoints as `Registry` holds them: whose they are, what their owner may read now, and what switches them off. */
import { beforeEach, describe, expect, it } from 'vitest'
import { Endpoints, type EndpointsEffects } from '../../../src/caller/endpoints'
import type { Happening } from '../../../src/events/event'
import type { CallerRecord } from '../../../src/store/callers'
import type { EndpointRecord } from '../../../src/store/endpoints'

const NOW = 1_795_000_000
const OWNER = { id: 'c1', scopes: ['events', 'x:webhooks'] } as unknown as CallerRecord
const MADE: EndpointRecord = {
  id: 'ep_1',
  url: 'https://one.example.com/',
  caller: 'c1',
  secrets: [],
  createdAt: NOW,
  epoch: 1,
  after: 0,
}

let rows: Map<string, EndpointRecord>
let told: string[]
let owner: CallerRecord | undefined
let endpoints: Endpoints
beforeEach(() => {
  rows = new Map()
  told = []
  owner = OWNER
  endpoints = new Endpoints({
    rows: {
      get: (id) => rows.get(id),
      write: (id, record) => void rows.set(id, record),
      delete: (id) => void rows.delete(id),
      page: () => [...rows].map(([id, record]) => ({ id, record })),
      count: () => rows.size,
    } as EndpointsEffects['rows'],
    tidings: {
      note: (happenings: readonly Happening[]) => void told.push(...happenings.map((h) => h.type)),
    },
    callerOf: (id) => (id === 'c1' ? owner : undefined),
    now: () => NOW,
  })
})

it('one is not made for a caller that has ended meanwhile', () => {
  owner = undefined
  expect(() => endpoints.add(MADE)).toThrow(
    expect.objectContaining({ data: { code: 'caller_unknown' } }),
  )
  expect([rows.size, told]).toEqual([0, []])
})

it('one is another’s, and does not exist for it', () => {
  endpoints.add(MADE)
  expect(() => endpoints.known('ep_1', 'c2')).toThrow()
  expect([endpoints.known('ep_1', 'c1'), endpoints.known('ep_1', undefined)]).toEqual([MADE, MADE])
})

describe('its object has it switched off', () => {
  it.each([
    ['as it is', 1, MADE.url, true],
    ['of a build that does not say where it sent', 1, undefined, true],
    ['but it was switched on since', 0, MADE.url, false],
    ['but it has another address since', 1, 'https://former.example.com/', false],
  ])('%s', (_, epoch, url, isOff) => {
    endpoints.add(MADE)
    endpoints.disable('ep_1', epoch, 'failing', url)
    expect(rows.get('ep_1')?.disabled).toEqual(
      isOff ? { since: NOW, reason: 'failing' } : undefined,
    )
  })

  it('once: the first reason stays', () => {
    endpoints.add(MADE)
    endpoints.disable('ep_1', 1, 'gone', MADE.url)
    endpoints.disable('ep_1', 1, 'failing', MADE.url)
    expect(rows.get('ep_1')?.disabled?.reason).toBe('gone')
    expect(told).toEqual(['endpoint.created', 'endpoint.disabled'])
  })
})

describe('its owner may read', () => {
  it.each<[string, Partial<CallerRecord>, boolean, boolean]>([
    ['all, with both scopes', {}, true, true],
    ['nothing, without the scope events', { scopes: ['x:webhooks'] } as never, false, false],
    [
      'what X delivered not, without the scope x:webhooks',
      { scopes: ['events'] } as never,
      true,
      false,
    ],
    ['until its key ends', { expiresAt: NOW + 1 }, true, true],
    ['nothing from then on', { expiresAt: NOW }, false, false],
  ])('%s', (_, more, reads, readsX) => {
    endpoints.add(MADE)
    owner = { ...OWNER, ...more }
    expect(endpoints.withReader('ep_1')?.reader).toEqual(
      reads ? { accounts: undefined, readsX } : null,
    )
    expect(endpoints.hearX()).toBe(readsX)
  })

  it('and one that is switched off hears nothing of X’s', () => {
    endpoints.add(MADE)
    endpoints.change('ep_1', undefined, { enabled: false })
    expect(endpoints.hearX()).toBe(false)
  })
})

/** Tables that a transaction made and the storage then took back. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Events } from '../../../src/events/log'
import { OutboxRows } from '../../../src/store/outbox-rows'
import { Row } from '../../../src/store/row'

const inObject = (name: string, act: (storage: DurableObjectStorage) => void) =>
  runInDurableObject(env.EVENTS.getByName(name), (_: Events, { storage }) => act(storage))

/** The storage refuses a transaction after this was done in it. */
const refused = (storage: DurableObjectStorage, act: () => void) =>
  expect(() =>
    storage.transactionSync(() => {
      act()
      throw new Error('SQLITE_FULL: database or disk is full')
    }),
  ).toThrow('SQLITE_FULL')

// The object went on as though its table were there: nothing was stored any more for as long as it lived, X's new tokens neither.
it('an outbox whose first events were refused takes them when they come again', () =>
  inObject('outbox', (storage) => {
    const rows = new OutboxRows<{ id: string }>(storage.sql)
    refused(storage, () => rows.add([{ id: 'a' }]))
    rows.add([{ id: 'a' }])
    expect(rows.read()).toEqual([{ id: 'a' }])
  }))

it('a row whose first record was refused has none, and takes the next one', () =>
  inObject('row', (storage) => {
    const row = new Row<object>(storage.sql, [])
    refused(storage, () => row.write({ n: 1 }))
    expect(row.read()).toBeUndefined()
    row.write({ n: 2 })
    expect(row.read()).toEqual({ n: 2 })
  }))

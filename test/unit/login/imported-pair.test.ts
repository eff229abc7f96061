import { expect, it } from 'vitest'
import { importedRecord } from '../../../src/login/imported-pair'
import { alarmAt } from '../../../src/login/record'

it('a pair that came in is on its way to its account, and looked after from the start', () => {
  const grant = { obtainedAtMs: 1_000_000, expiresAt: 0, sealed: 'v1.k.i.pair' as const }
  const pair = { id: 'i', expiresAt: 1600, creator: { id: 'admin' }, grant }
  const record = importedRecord(pair, 1000)
  expect(record).toMatchObject({
    imported: true,
    creator: { id: 'admin' },
    grants: [{ way: 'to its account', sealed: grant.sealed }],
    result: { stage: 'waiting' },
  })
  expect(alarmAt(record, 1000)).toBe(1015)
})

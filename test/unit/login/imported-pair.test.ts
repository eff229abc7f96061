import { expect, it } from 'vitest'
import { importedRecord, mayTryAgain } from '../../../src/login/imported-pair'
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

// A token that X refused by mistake could not be brought again for a week.
it('a pair that came to nothing may be brought again after ten minutes; one that is on its way, or has come, is known', () => {
  const grant = { obtainedAtMs: 1_000_000, expiresAt: 0, sealed: 'v1.k.i.pair' as const }
  const pair = { id: 'i', expiresAt: 700_000, creator: { id: 'admin' }, grant }
  const record = importedRecord(pair, 1000)
  const failure = { code: 'identity_unknown' } as const
  const failed = { ...record, result: { stage: 'failed', failure, by: 0, proofHash: '' } } as const
  expect(mayTryAgain(failed, 1599)).toBe(false)
  expect(mayTryAgain(failed, 1600)).toBe(true)
  expect(mayTryAgain(record, 90_000)).toBe(false)
})

import { expect, it } from 'vitest'
import { dueOf } from '../../../src/account/sweep'
import { NOW } from './grants'

const account = (id: string, dueAt: number | null) => ({
  ...{ id, username: id, name: id, status: 'ok' as const, grants: ['oauth2' as const] },
  ...{ generation: 1, expiresAt: NOW, dueAt, keyId: 'k' },
})

it('due is what is due now or before, and nothing without a due time', () => {
  const accounts = [
    account('1', NOW - 1),
    account('2', NOW),
    account('3', NOW + 1),
    account('4', null),
  ]
  expect(dueOf(accounts, NOW).map(({ id }) => id)).toEqual(['1', '2'])
})

import { describe, expect, it } from 'vitest'
import { invariantsOf } from '../../../src/account/invariants'
import type { AccountRecord, Connected } from '../../../src/account/record'
import { connected, grant, NOW, userToken } from './grants'

const ended = { reason: 'refused_by_x', since: NOW } as const
const failure = { code: 'refused', message: 'no', at: NOW, tries: 1, retryAt: NOW }
const attempt = { id: 'a', generation: 7, startedAt: NOW }
const without = (field: keyof Connected): Connected => {
  const { [field]: _, ...rest } = connected()
  return rest as Connected
}
const { refreshToken: _, ...accessAlone } = grant()

it.each<[string, AccountRecord]>([
  ['connected', connected()],
  ['by OAuth 1.0a alone', { ...without('oauth2'), oauth1: userToken() }],
  ['being refreshed', connected({}, { attempt })],
  ['ended', connected({ ended, failure }, { status: 'login_required' })],
  ['suspected', connected({ failure }, { status: 'suspected', refusalRetracted: true })],
  ['imported over another', connected({ imported: true }, { formers: [grant()] })],
  ['never refreshed', { ...connected(), oauth2: { ...accessAlone, dueAt: null } }],
  ['deleted', { id: '1', disconnectedAtMs: 1, generation: 7 }],
])('nothing is wrong with a record that is %s', (_, record) => {
  expect(invariantsOf(record)).toEqual([])
})

describe('a record that must not be', () => {
  it.each<[RegExp, AccountRecord]>([
    [/still has a grant/, { ...connected(), disconnectedAtMs: 1, generation: 7 } as AccountRecord],
    [/lost its last generation/, { id: '1', disconnectedAtMs: 1 } as AccountRecord],
    [/holds no grant/, without('oauth2')],
    [/there is no refresh token/, { ...connected({}, { attempt }), oauth2: accessAlone }],
    [/another generation/, connected({}, { attempt: { ...attempt, generation: 6 } })],
    [/is still waited for/, connected({}, { attempt, inDoubt: { since: NOW, attempt } })],
    [/a grant that is not there/, { ...without('oauth2'), inDoubt: { since: NOW } }],
    [/or the other way round/, connected({}, { status: 'login_required' })],
    [/or the other way round/, connected({ ended, failure })],
    [/never taken back/, connected({}, { status: 'suspected' })],
    [/that it was about/, { ...without('oauth2'), refusalRetracted: true }],
    [/words are missing/, connected({ ended }, { status: 'login_required' })],
    [/was not imported/, connected({}, { formers: [grant()] })],
    [/can never is/, connected({ dueAt: null })],
    [/number that can grow/, connected({ generation: Number.NaN })],
    [/should have a later one/, connected({}, { endedGeneration: 7 })],
    [/a failure that is not there/, connected({}, { synced: true })],
    [/than should be/, connected({}, { logins: Array(11).fill('l') })],
    [
      /will be written over it/,
      connected({}, { kv: { refusals: 0, retryAtMs: 9, lateUntilMs: 8 } }),
    ],
  ])('is said to be so: %s', (sentence, record) => {
    expect(invariantsOf(record).join(' ')).toMatch(sentence)
    expect(invariantsOf(record).join(' ')).not.toMatch(/v1\.|alice/i)
  })
})

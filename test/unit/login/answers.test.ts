/** Which answers X is sent, and what each does to its login. */
import { describe, expect, it } from 'vitest'
import type { AccountView } from '../../../src/account/view'
import {
  admit,
  completed,
  ended,
  granted,
  newLogin,
  sending,
  spent,
  unused,
  waiting,
  withoutLost,
} from '../../../src/login/answers'
import type { LoginRecord } from '../../../src/login/record'
import { Secret } from '../../../src/secret'

const NOW = 100
const grant = { sealed: 's', obtainedAtMs: 0, expiresAt: 7200 }
const [alice, bob] = [
  { id: '1001', username: 'alice' } as AccountView,
  { id: '1002', username: 'bob' } as AccountView,
]
const failure = { code: 'code_refused' } as const
const empty: LoginRecord = {
  id: 'l',
  expiresAt: 600,
  answers: [],
  grants: [],
  result: { stage: 'open' },
}
const sent = (record: LoginRecord, mark: string, proofHash = 'a') =>
  sending(record, { mark, proofHash }, NOW)
const taken = (record: LoginRecord, mark: string, proofHash = 'a') =>
  granted(sent(record, mark, proofHash), mark, grant, NOW)
const brings = (mark: string, proofHash = 'a', isCreator = false) => ({
  mark,
  proofHash,
  isCreator,
  livesSeconds: 30,
})
const act = (
  ...[record, brought, now = NOW]: [LoginRecord, ReturnType<typeof brings>, number?]
) => {
  const admission = admit(record, brought, now)
  return 'failure' in admission ? `${admission.act} ${admission.failure.code}` : admission.act
}
const five = ['1', '2', '3', '4', '5'].reduce(
  (record, mark) => spent(sent(record, mark), mark, failure),
  empty,
)

// A login that was to say who somebody is connected the account, and kept its tokens.
describe('a login of which the first answer arrives is what was begun', () => {
  const pending = {
    flow: 'oauth2',
    state: new Secret('state'),
    codeVerifier: new Secret('verifier'),
    redirectUri: 'https://perch.example.com/callback',
    scope: 's',
    browserSecret: new Secret('secret'),
    expiresAt: 600,
  } as const
  it.each([
    {},
    { identityOnly: true as const },
    { identityOnly: true as const, loginApp: 'second' },
    { returnTo: 'https://app.example.com/after' },
    { creator: { id: 'creator' } },
  ])('%j', (rest) => {
    expect(newLogin('l', { ...pending, ...rest })).toStrictEqual({ ...empty, ...rest })
  })
})

describe('an answer', () => {
  const complete = completed(taken(empty, 'one'), 'one', alice)
  it.each([
    ['is sent when it is the first', empty, brings('one'), NOW, 'send'],
    [
      'is sent after another one that X refused',
      spent(sent(empty, 'one'), 'one', failure),
      brings('two'),
      NOW,
      'send',
    ],
    ['is sent after a no', ended(empty, { proofHash: 'a', failure }), brings('one'), NOW, 'send'],
    [
      'is sent after one that is complete, by the same browser',
      complete,
      brings('two'),
      NOW,
      'send',
    ],
    ['and by the creator', complete, brings('two', 'c', true), NOW, 'send'],
    ['but by no other browser', complete, brings('two', 'b'), NOW, 'refuse login_taken'],
    [
      'nor while X is asked whose the first is',
      taken(empty, 'one'),
      brings('two', 'b'),
      NOW,
      'refuse login_taken',
    ],
    ['is the sixth', five, brings('6'), NOW, 'refuse login_used_up'],
    ['that was taken is not sent again', complete, brings('one'), NOW, 'follow'],
    [
      'that was refused is not sent again',
      spent(sent(empty, 'one'), 'one', failure),
      brings('one'),
      NOW,
      'refuse code_refused',
    ],
    [
      'that was cut off is sent again while it lives',
      sent(empty, 'one'),
      brings('one'),
      NOW + 29,
      'send',
    ],
    ['and not after that', sent(empty, 'one'), brings('one'), NOW + 30, 'end login_reply_lost'],
    [
      'nor a third time',
      sent(sent(empty, 'one'), 'one'),
      brings('one'),
      NOW,
      'end login_reply_lost',
    ],
    [
      'that X put off is sent again',
      unused(sent(empty, 'one'), 'one', failure),
      brings('one'),
      NOW,
      'send',
    ],
    [
      'unless it is too old by then',
      unused(sent(empty, 'one'), 'one', failure),
      brings('one'),
      NOW + 30,
      'end code_expired',
    ],
    [
      'of a former build, which kept no mark, is whatever comes',
      { ...complete, answers: complete.answers.map((each) => ({ ...each, mark: '' })) },
      brings('any'),
      NOW,
      'follow',
    ],
  ] as const)('%s', (_, record, brought, now, expected) => {
    expect(act(record, brought, now)).toBe(expected)
  })
})

describe('the result of a login', () => {
  const both = taken(taken(empty, 'one'), 'two')
  const idOf = ({ result }: LoginRecord) =>
    result.stage === 'complete' ? result.account.id : result.stage

  it('is what the newest good answer brought, in whatever order their accounts answer', () => {
    expect(idOf(completed(completed(both, 'one', alice), 'two', bob))).toBe(bob.id)
    expect(idOf(completed(completed(both, 'two', bob), 'one', alice))).toBe(bob.id)
  })

  it('stays once somebody was told it', () => {
    const one = completed(both, 'one', alice)
    const told = { ...one, result: { ...one.result, told: { to: 'app', at: NOW } } } as LoginRecord
    const after = completed(told, 'two', bob)
    expect(idOf(after)).toBe(alice.id)
    // Whoever brings that answer again hears again whom it connected; one for the same account is like the first.
    expect(after.answers.map(({ outcome }) => outcome)).toEqual([
      { stage: 'taken' },
      { stage: 'taken', beside: 'bob' },
    ])
    expect(completed(told, 'two', alice).answers).toEqual(told.answers)
  })

  it('stays complete, whatever fails after it', () => {
    const one = completed(taken(empty, 'one'), 'one', alice)
    for (const later of [
      spent(sent(one, 'two'), 'two', failure),
      ended(one, { proofHash: 'b', failure }),
      unused(sent(one, 'two'), 'two', failure),
      waiting(taken(one, 'two'), 'two', failure),
    ])
      expect(idOf(later)).toBe(alice.id)
  })

  it('waits for the other grant when one of two comes to nothing', () => {
    const without = { ...both, grants: both.grants.filter(({ mark }) => mark === 'one') }
    expect(ended(without, { proofHash: 'a', failure }).result).toMatchObject({
      stage: 'waiting',
      by: 0,
    })
    expect(idOf(ended({ ...both, grants: [] }, { proofHash: 'a', failure }))).toBe('failed')
  })

  it('is a lost reply where a call was cut off with its object', () => {
    const cut = sent(empty, 'one')
    const nobody = () => false
    expect(withoutLost(cut, nobody, NOW + 124)).toBe(cut)
    expect(withoutLost(cut, () => true, NOW + 125)).toBe(cut)
    expect(withoutLost(cut, nobody, NOW + 125).result).toMatchObject({
      failure: { code: 'login_reply_lost' },
    })
  })
})

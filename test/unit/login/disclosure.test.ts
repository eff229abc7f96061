/** What a caller is told about a login: who may ask, and what the proof of one that returned to an app is worth. */
import { describe, expect, it } from 'vitest'
import type { AccountView } from '../../../src/account/view'
import { done, failed } from '../../../src/failure'
import {
  answerFor,
  disclose,
  hiddenFrom,
  type Shown,
  type Viewer,
} from '../../../src/login/disclosure'
import type { LoginRecord, LoginResult, Told } from '../../../src/login/record'

const returnTo = 'https://app.example.com/after?csrf=1'
const caller = (rest: Partial<Viewer> = {}): Viewer => ({
  id: 'a',
  isAdmin: false,
  isLimited: false,
  returnTo: ['https://app.example.com'],
  ...rest,
})
const admin = caller({ id: 'admin', isAdmin: true, returnTo: [] })
const account = { id: '1001' } as AccountView
const complete = (told?: Told): LoginResult => ({
  stage: 'complete',
  by: 0,
  proofHash: 'p',
  account,
  ...(told ? { told } : {}),
})
const record = (rest: Partial<LoginRecord> = {}): LoginRecord => ({
  id: 'l',
  expiresAt: 600,
  answers: [],
  grants: [],
  result: complete(),
  returnTo,
  ...rest,
})
const { returnTo: _, ...nowhere } = record()
const creator = { id: 'a' }

describe('a login is shown', () => {
  it.each([
    ['a browser’s, to whom its address is', { returnTo }, caller(), undefined],
    ['a browser’s, to the admin', { returnTo }, admin, undefined],
    ['a browser’s that returns nowhere, to everybody', {}, caller({ returnTo: [] }), undefined],
    ['its own, to its creator', { creator, returnTo }, caller({ returnTo: [] }), undefined],
    [
      'its own, to a limited creator',
      { creator, returnTo },
      caller({ isLimited: true }),
      undefined,
    ],
    ['a caller’s, to the admin', { creator, returnTo }, admin, undefined],
  ])('%s', (_, login, viewer, expected) => {
    expect(hiddenFrom(login, viewer)).toBe(expected)
  })

  it.each([
    ['without addresses', { returnTo }, caller({ returnTo: [] }), 'return_to_not_covered'],
    ['by others', { returnTo }, caller({ returnTo: ['https://b.example'] }), 'login_unknown'],
    ['a limited caller', { returnTo }, caller({ isLimited: true }), 'login_unknown'],
    ['a limited one, without addresses', {}, caller({ isLimited: true }), 'login_unknown'],
    [
      'not its creator, covered or not',
      { creator, returnTo },
      caller({ id: 'b' }),
      'login_unknown',
    ],
    ['a creator called admin', { creator: { id: 'admin' } }, caller({ id: 'b' }), 'login_unknown'],
  ])('and is not: %s', (_, login, viewer, expected) => {
    expect(hiddenFrom(login, viewer)).toBe(expected)
  })
})

describe('a login that returned to an app', () => {
  const told: Told = { to: 'a', at: 100 }
  const spent = record({ result: complete(told) })
  const ask = (login: LoginRecord, proof: Shown, viewer = caller(), now = 100) => {
    const { answer, told } = disclose(login, viewer, proof, now)
    return [answer.ok ? answer.value : answer.failure.code, told]
  }

  it.each([
    ['a right proof', record(), 'right', [{ status: 'complete', account, returnTo }, told]],
    ['a wrong proof', record(), 'wrong', ['proof_wrong', undefined]],
    ['none', record(), 'none', ['proof_wrong', undefined]],
    ['none, from its creator', record({ creator }), 'none', ['proof_wrong', undefined]],
    ['a wrong one, from its creator', record({ creator }), 'wrong', ['proof_wrong', undefined]],
    [
      'a right one, from its creator',
      record({ creator }),
      'right',
      [{ status: 'complete', account, returnTo }, told],
    ],
    ['a wrong one, once spent', spent, 'wrong', ['proof_wrong', undefined]],
    ['none, once spent', spent, 'none', ['proof_wrong', undefined]],
  ] as const)('tells for %s', (_, login, proof, expected) => {
    expect(ask(login, proof)).toEqual(expected)
  })

  it.each([
    ['its spender, within a minute', caller(), 159, undefined],
    ['its spender, after it', caller(), 160, 'proof_spent'],
    ['another one', caller({ id: 'b' }), 100, 'proof_spent'],
    ['the admin', admin, 100, 'proof_spent'],
  ])('again, to %s', (_, viewer, now, code) => {
    const answer = code ?? { status: 'complete', account, returnTo }
    expect(ask(spent, 'right', viewer, now)).toEqual([answer, undefined])
  })

  it('is not spent by whom it is hidden from, whatever the proof', () => {
    for (const proof of ['right', 'wrong', 'none'] as const)
      expect(ask(record(), proof, caller({ returnTo: [] }))).toEqual([
        'return_to_not_covered',
        undefined,
      ])
  })

  const unfinished = { code: 'login_unfinished' } as const
  const blocked = { code: 'user_blocked', detail: 'Suspended.' } as const
  const cancelled = { code: 'login_cancelled' } as const
  const pending = { status: 'pending', expiresAt: 600, returnTo }
  it.each<[string, LoginResult, object]>([
    ['is open', { stage: 'open' }, pending],
    [
      'had an answer that did not get further',
      { stage: 'open', failure: { code: 'x_rate_limited' } },
      { ...pending, failure: { code: 'x_rate_limited' } },
    ],
    [
      'waits for X to say who it was',
      { stage: 'waiting', by: 0, proofHash: 'p', failure: unfinished },
      pending,
    ],
    [
      'waits for somebody to do something',
      { stage: 'waiting', by: 0, proofHash: 'p', failure: blocked },
      { status: 'waiting', failure: blocked, returnTo },
    ],
    [
      'failed',
      { stage: 'failed', proofHash: 'p', failure: cancelled },
      { status: 'failed', failure: cancelled, returnTo },
    ],
  ])('says without a proof that it %s, and spends none', (_, result, status) => {
    const login = record({ result })
    expect(ask(login, 'none')).toEqual([status, undefined])
    expect(ask(login, 'right')).toEqual([status, undefined])
    expect(ask(login, 'wrong')).toEqual(['proof_wrong', undefined])
  })
})

describe('a login that returned nowhere', () => {
  it('tells the account without a proof, as often as one asks', () => {
    for (const login of [nowhere, { ...nowhere, creator }])
      expect(disclose(login, caller(), 'none', 100)).toEqual({
        answer: { ok: true, value: { status: 'complete', account } },
        told: { to: 'a', at: 100 },
      })
  })

  it('stands once it was told, and is not told anew', () => {
    const login = { ...nowhere, result: complete({ to: 'b', at: 50 }) }
    expect(disclose(login, caller(), 'none', 100).told).toBeUndefined()
  })

  it('gave nobody a proof: an app that brings one is not told of a login that never returned to it', () => {
    for (const proof of ['right', 'wrong'] as const)
      expect(disclose(nowhere, caller(), proof, 100)).toMatchObject({
        answer: { failure: { code: 'proof_wrong' } },
      })
  })
})

describe('whoever brings an answer is told', () => {
  const bob =
    'At X you are logged in as @bob, who may not log in here. Switch accounts at x.com, then start again.'
  const refused: LoginResult = {
    stage: 'failed',
    proofHash: 'p',
    failure: { code: 'account_not_allowed' },
    wrongAccount: { is: 'bob' },
  }
  const creator = { isCreator: true, isTheirs: false }
  const [theirs, other] = [
    { isCreator: false, isTheirs: true },
    { isCreator: false, isTheirs: false },
  ]
  it.each([
    ['who it was, in its own browser', { result: complete(), returnTo }, theirs, undefined],
    ['nothing, in another one', { result: complete() }, other, 'login_taken'],
    ['who it was, as its creator', { result: complete() }, creator, undefined],
    [
      'nothing, as the creator of one that returns',
      { result: complete(), returnTo },
      creator,
      'login_taken',
    ],
  ] as const)('%s', (_, login, who, code) => {
    const answer = answerFor(login, who, done(account))
    expect(answer.ok ? undefined : answer.failure.code).toBe(code)
    const told = failed('login_told', '@bob is connected.')
    expect(answerFor(login, who, told)).toEqual(code ? failed(code) : told)
  })

  it.each([
    ['its own browser', theirs, bob],
    ['another one', other, undefined],
    ['its creator', creator, undefined],
  ])('the name of a wrong account: %s', (_, who, detail) => {
    const answer = answerFor({ result: refused }, who, failed('account_not_allowed'))
    expect(answer).toMatchObject({ ok: false, failure: { code: 'account_not_allowed' } })
    expect(answer.ok ? undefined : answer.failure.detail).toBe(detail)
  })

  it('keeps to what failed now, when an earlier answer was a wrong account', () => {
    expect(answerFor({ result: refused }, theirs, failed('code_refused'))).toEqual(
      failed('code_refused'),
    )
  })
})

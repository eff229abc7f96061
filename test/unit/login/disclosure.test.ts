/** What a caller is told about a login: who may ask, and what the proof of one that returned to an app is worth. */
import { describe, expect, it } from 'vitest'
import { disclose, hiddenFrom, type Shown, type Viewer } from '../../../src/login/disclosure'
import type { LoginRecord, Spent } from '../../../src/login/record'

const returnTo = 'https://app.example.com/after?csrf=1'
const caller = (rest: Partial<Viewer> = {}): Viewer => ({
  id: 'a',
  isAdmin: false,
  isLimited: false,
  returnTo: ['https://app.example.com'],
  ...rest,
})
const admin = caller({ id: 'admin', isAdmin: true, returnTo: [] })
const account = { id: '1001' } as NonNullable<LoginRecord['account']>
const record = (rest: Partial<LoginRecord> = {}): LoginRecord => ({
  id: 'l',
  proofHash: 'p',
  expiresAt: 600,
  stage: 'complete',
  doubts: 0,
  tries: 0,
  account,
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
  const spent: Spent = { by: 'a', at: 100 }
  const ask = (login: LoginRecord, proof: Shown, viewer = caller(), now = 100) => {
    const { answer, spent } = disclose(login, viewer, proof, now)
    return [answer.ok ? answer.value : answer.failure.code, spent]
  }

  it.each([
    ['a right proof', record(), 'right', [{ status: 'complete', account, returnTo }, spent]],
    ['a wrong proof', record(), 'wrong', ['proof_wrong', undefined]],
    ['none', record(), 'none', ['proof_wrong', undefined]],
    ['none, from its creator', record({ creator }), 'none', ['proof_wrong', undefined]],
    ['a wrong one, from its creator', record({ creator }), 'wrong', ['proof_wrong', undefined]],
    [
      'a right one, from its creator',
      record({ creator }),
      'right',
      [{ status: 'complete', account, returnTo }, spent],
    ],
    ['a wrong one, once spent', record({ spent }), 'wrong', ['proof_wrong', undefined]],
    ['none, once spent', record({ spent }), 'none', ['proof_wrong', undefined]],
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
    expect(ask(record({ spent }), 'right', viewer, now)).toEqual([answer, undefined])
  })

  it('is not spent by whom it is hidden from, whatever the proof', () => {
    for (const proof of ['right', 'wrong', 'none'] as const)
      expect(ask(record(), proof, caller({ returnTo: [] }))).toEqual([
        'return_to_not_covered',
        undefined,
      ])
  })

  it.each(['open', 'exchanging', 'granted', 'failed'] as const)(
    'says without a proof that it is %s, and spends none',
    (stage) => {
      const failure = { code: 'login_cancelled' } as const
      const { account: _, ...unfinished } = record({ stage, failure })
      const told =
        stage === 'failed'
          ? { status: 'failed', failure, returnTo }
          : { status: 'pending', expiresAt: 600, returnTo }
      expect(ask(unfinished, 'none')).toEqual([told, undefined])
      expect(ask(unfinished, 'right')).toEqual([told, undefined])
      expect(ask(unfinished, 'wrong')).toEqual(['proof_wrong', undefined])
    },
  )
})

describe('a login that returned nowhere', () => {
  it('tells the account without a proof, as often as one asks', () => {
    for (const login of [nowhere, { ...nowhere, creator }])
      expect(disclose(login, caller(), 'none', 100)).toEqual({
        answer: { ok: true, value: { status: 'complete', account } },
      })
  })

  it('gave nobody a proof: an app that brings one is not told of a login that never returned to it', () => {
    for (const proof of ['right', 'wrong'] as const)
      expect(disclose(nowhere, caller(), proof, 100)).toMatchObject({
        answer: { failure: { code: 'proof_wrong' } },
      })
  })
})

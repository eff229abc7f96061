import { describe, expect, it } from 'vitest'
import { alarmAt, type LoginRecord, mayConnect } from '../../../src/login/record'

const alice = { id: '1001', username: 'Alice', name: 'Alice' }
const grant = { sealed: '', expiresAt: 0, obtainedAtMs: 0 }
const record = (rest: Partial<LoginRecord>): LoginRecord => ({
  id: 'l',
  proofHash: 'p',
  expiresAt: 600,
  stage: 'open',
  doubts: 0,
  tries: 0,
  ...rest,
})

describe('who may connect', () => {
  it.each([
    ['everybody', '*', undefined, true],
    ['nobody, when nothing is set and a browser began', undefined, undefined, false],
    ['callers’ logins, when nothing is set', undefined, { id: 'c' }, true],
    ['an id', new Set(['1001']), undefined, true],
    ['a username in any case', new Set(['@alice']), undefined, true],
    ['not a username that looks like an id', new Set(['@1001']), undefined, false],
    ['not others', new Set(['@bob', '1002']), undefined, false],
    ['on the caller’s list', '*', { id: 'c', accounts: ['1001'] }, true],
    ['not off the caller’s list', '*', { id: 'c', accounts: ['1002'] }, false],
    ['not by the list alone', new Set(['@bob']), { id: 'c', accounts: ['1001'] }, false],
  ] as const)('%s', (_, allow, creator, expected) => {
    expect(mayConnect(allow, creator, alice)).toBe(expected)
  })
})

describe('when the object looks after itself', () => {
  it.each([
    ['an exchange that was cut off', record({ stage: 'exchanging' }), 225],
    ['a grant without a home', record({ stage: 'granted', grant }), 115],
    ['the same after three tries', record({ stage: 'granted', grant, tries: 3 }), 220],
    ['with a ceiling', record({ stage: 'granted', grant, tries: 30 }), 400],
    ['the end of its life', record({ stage: 'complete' }), 720],
    [
      'the end, when it took longer than the login’s',
      record({ stage: 'complete', expiresAt: 50 }),
      220,
    ],
  ])('%s', (_, login, expected) => {
    expect(alarmAt(login, 100)).toBe(expected)
  })
})

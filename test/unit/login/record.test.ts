import { describe, expect, it } from 'vitest'
import { mayConnect } from '../../../src/login/allowed'
import { LOGIN_ROW } from '../../../src/login/migrations'
import { alarmAt, type LoginRecord } from '../../../src/login/record'
import { upToDate } from '../../../src/store/version'

const alice = { id: '1001', username: 'Alice', name: 'Alice' }
const record = (rest: Partial<LoginRecord> = {}): LoginRecord => ({
  id: 'l',
  expiresAt: 600,
  answers: [],
  grants: [],
  result: { stage: 'open' },
  ...rest,
})
const sent = (lastSentAt: number): LoginRecord['answers'][number] => ({
  mark: `m${lastSentAt}`,
  proofHash: 'p',
  sentAt: lastSentAt,
  lastSentAt,
  doubts: 1,
  outcome: { stage: 'sent' },
})
const held = (nextAt: number): LoginRecord['grants'][number] => ({
  sealed: 's',
  obtainedAtMs: 0,
  expiresAt: null,
  mark: 'm',
  way: 'to its account',
  tries: 0,
  nextAt,
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
    ['an exchange that may be cut off', record({ answers: [sent(90)] }), 215],
    ['a grant without a home', record({ grants: [held(115)] }), 115],
    ['the first of all', record({ answers: [sent(90)], grants: [held(300), held(150)] }), 150],
    ['what is late already', record({ grants: [held(50)] }), 101],
    ['the end of its life', record(), 720],
    ['the end, when it took longer than the login’s', record({ expiresAt: 50 }), 220],
  ])('%s', (_, login, expected) => {
    expect(alarmAt(login, 100)).toBe(expected)
  })
})

describe('a record of version 1, which had one answer and one grant', () => {
  const former = { v: 1, id: 'l', expiresAt: 600, proofHash: 'p', sentAt: 10, doubts: 0, tries: 2 }
  const grant = { sealed: 's', obtainedAtMs: 5, expiresAt: 7200 }
  const failure = { code: 'account_not_allowed' }
  const account = { id: '1001' }
  it.each<[string, object, Partial<LoginRecord>]>([
    ['open', { stage: 'open' }, { answers: [], result: { stage: 'open' } }],
    [
      'complete',
      { stage: 'complete', account, returnTo: 'https://a.example/' },
      {
        returnTo: 'https://a.example/',
        result: { stage: 'complete', by: 0, proofHash: 'p', account: account as never },
      },
    ],
    [
      'spent',
      { stage: 'complete', account, spent: { by: 'c', at: 20 } },
      {
        result: {
          stage: 'complete',
          by: 0,
          proofHash: 'p',
          account: account as never,
          told: { to: 'c', at: 20 },
        },
      },
    ],
    [
      'with a grant',
      { stage: 'granted', grant },
      {
        grants: [{ ...grant, mark: '', way: 'to its account', tries: 2, nextAt: 0 }],
        result: { stage: 'waiting', by: 0, proofHash: 'p', failure: { code: 'login_unfinished' } },
      },
    ],
    [
      'with a grant to give back',
      { stage: 'failed', failure, grant, wrongAccount: { is: 'bob' } },
      {
        grants: [{ ...grant, mark: '', way: 'back to x', tries: 2, nextAt: 0 }],
        result: {
          stage: 'failed',
          proofHash: 'p',
          failure: { code: 'account_not_allowed' },
          wrongAccount: { is: 'bob' },
        },
      },
    ],
  ])('%s', (_, stage, expected) => {
    expect(upToDate<LoginRecord>({ ...former, ...stage }, LOGIN_ROW)).toMatchObject(expected)
  })
})

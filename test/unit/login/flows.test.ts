import { describe, expect, it } from 'vitest'
import { configOf } from '../../../src/env'
import { FLOWS, fittingAnswer, flowSettings, keyOfLogin, pageAtX } from '../../../src/login/flows'
import type { Asked } from '../../../src/login/pending'
import { Secret } from '../../../src/secret'
import { FLOW_NAMES } from '../../../src/setting-values'
import { OAUTH1_SETTINGS, OAUTH2_SETTINGS } from '../../../src/settings'

// The bindings are not read here.
const config = configOf({} as unknown as Env)
const request = { token: new Secret('token-1'), tokenSecret: new Secret('secret-1'), hints: {} }
const asked: { [F in (typeof FLOW_NAMES)[number]]: Asked<F> } = {
  oauth2: {
    flow: 'oauth2',
    state: new Secret('state-1'),
    codeVerifier: new Secret('verifier-1'),
    redirectUri: 'https://perch.example.com/callback',
    scope: 'users.read',
  },
  oauth1: { flow: 'oauth1', ...request },
  signin: { flow: 'signin', ...request },
  pin: { flow: 'pin', ...request },
}

describe.each([
  ['oauth2', OAUTH2_SETTINGS, { code: 'a' }, 'state-1', 'https://x.com/i/oauth2/authorize'],
  ['oauth1', OAUTH1_SETTINGS, { verifier: 'a' }, 'token-1', 'https://api.x.com/oauth/authorize'],
  ['signin', OAUTH1_SETTINGS, { verifier: 'a' }, 'token-1', 'https://api.x.com/oauth/authenticate'],
  ['pin', OAUTH1_SETTINGS, { verifier: 'a' }, 'token-1', 'https://api.x.com/oauth/authorize'],
] as const)('%s', (flow, settings, answer, key, page) => {
  it('needs what its kind of grant needs', () => {
    expect(flowSettings(flow)).toEqual(settings)
  })

  it('takes its own kind of answer, and no other', () => {
    expect(fittingAnswer(flow, answer)).toBe('a')
    expect(fittingAnswer(flow, 'code' in answer ? { verifier: 'a' } : { code: 'a' })).toBe(
      undefined,
    )
  })

  it('is found by what X brings back', () => {
    expect(keyOfLogin(asked[flow]).reveal()).toBe(key)
  })

  it('is approved on its own page, always the same for the same login', async () => {
    const [one, again] = [await pageAtX(config, asked[flow]), await pageAtX(config, asked[flow])]
    expect(one.split('?')[0]).toBe(page)
    expect(again).toBe(one)
  })
})

it('each flow is covered here', () => {
  expect(Object.keys(asked).sort()).toEqual([...FLOW_NAMES].sort())
})

it('only a PIN is typed into our form', () => {
  expect(FLOW_NAMES.filter((flow) => FLOWS[flow].answeredBy === 'form')).toEqual(['pin'])
})

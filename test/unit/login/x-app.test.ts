/** Which X app a login goes through, and which one what X gave for it belongs to. */
import { describe, expect, it } from 'vitest'
import { configOf } from '../../../src/env'
import { appForNewLogin, appOfGrant, appOfLogin, appSettings } from '../../../src/login/x-app'
import { Secret } from '../../../src/secret'

// The bindings are not read here.
const config = (more: Record<string, string> = {}) =>
  configOf({ X_CLIENT_ID: 'id-1', X_CLIENT_SECRET: 's-1', ...more } as unknown as Env)
const two = config({ X_LOGIN_CLIENT_ID: 'id-2', X_LOGIN_CLIENT_SECRET: 's-2' })
const one = config()
const half = config({ X_LOGIN_CLIENT_ID: 'id-2' })

describe('a new login goes through', () => {
  it.each([
    ['the first app, where it keeps its grant', two, 'oauth2', false, 'id-1'],
    ['the second app, where it keeps nothing', two, 'oauth2', true, 'id-2'],
    ['the first app, where there is no other', one, 'oauth2', true, 'id-1'],
    ['the first app by OAuth 1.0a', two, 'oauth1', true, 'id-1'],
    ['the first app by Sign in with X', two, 'signin', true, 'id-1'],
    ['the first app, where half of another is set', half, 'oauth2', false, 'id-1'],
  ] as const)('%s', (_, given, flow, identityOnly, clientId) => {
    const { app, loginApp } = appForNewLogin(given, flow, identityOnly)
    expect(app.clientId).toBe(clientId)
    expect(loginApp).toBe(clientId === 'id-2' ? clientId : undefined)
    expect(app.clientSecret.reveal()).toBe(clientId === 'id-2' ? 's-2' : 's-1')
  })

  it('none, where it keeps nothing and half of the second app is set', () => {
    expect(() => appForNewLogin(half, 'oauth2', true)).toThrow('X_LOGIN_CLIENT_SECRET')
  })

  it('a second app without a secret as a public client', () => {
    const settings = { X_LOGIN_CLIENT_ID: 'id-2', X_CLIENT_TYPE: 'public' }
    expect(appForNewLogin(config(settings), 'oauth2', true).app.clientType).toBe('public')
    const secret = { ...settings, X_LOGIN_CLIENT_SECRET: 's-2' }
    expect(appForNewLogin(config(secret), 'oauth2', true).app.clientType).toBe('confidential')
  })
})

describe('a login that was begun', () => {
  it.each([
    ['before there was a second app, through the first one', two, {}, 'id-1'],
    ['through the second app', two, { loginApp: 'id-2' }, 'id-2'],
    ['through one that is gone', one, { loginApp: 'id-2' }, undefined],
    ['through one that is another by now', two, { loginApp: 'id-3' }, undefined],
    ['through one that is the first by now', two, { loginApp: 'id-1' }, undefined],
  ])('%s', (_, given, pending, clientId) => {
    expect(appOfLogin(given, pending)?.clientId).toBe(clientId)
  })

  it('needs the settings of its app', () => {
    expect(appSettings({})).toEqual([])
    expect(appSettings({ loginApp: 'id-2' })).toContain('X_LOGIN_CLIENT_SECRET')
  })
})

it.each([
  ['the second app', two, 'id-2', 'id-2'],
  ['the first app', two, 'id-1', 'id-1'],
  // `ofAnotherApp` says so then, and nothing is sent.
  ['an app that is not configured counts as the first one’s', one, 'id-2', 'id-1'],
])('a grant of %s', (_, given, issuedTo, clientId) => {
  const grant = {
    kind: 'oauth2',
    accessToken: new Secret('a'),
    refreshToken: undefined,
    scope: '',
    expiresAt: 1,
    clientId: issuedTo,
    obtainedAtMs: 0,
  } as const
  expect(appOfGrant(given, grant).clientId).toBe(clientId)
})

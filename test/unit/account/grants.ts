import type { Adoption } from '../../../src/account/adoption'
import type { Connected } from '../../../src/account/record'
import type { VaultOAuth1, VaultOAuth2 } from '../../../src/store/vault'

export const NOW = 1_800_000_000

export const grant = (rest: Partial<VaultOAuth2> = {}): VaultOAuth2 => ({
  accessToken: 'v1.k.i.access',
  refreshToken: 'v1.k.i.refresh',
  scope: 'tweet.read',
  expiresAt: NOW + 7200,
  dueAt: NOW + 5400,
  obtainedAtMs: NOW * 1000,
  generation: 7,
  clientId: 'client',
  ...rest,
})

export const userToken = (rest: Partial<VaultOAuth1> = {}): VaultOAuth1 => ({
  token: 'v1.k.i.token',
  tokenSecret: 'v1.k.i.tokenSecret',
  obtainedAtMs: NOW * 1000,
  apiKey: 'api-key',
  ...rest,
})

export const connected = (
  oauth2: Partial<VaultOAuth2> = {},
  rest: Partial<Connected> = {},
): Connected => ({
  id: '1001',
  username: 'alice',
  name: 'Alice',
  status: 'ok',
  oauth2: grant(oauth2),
  logins: ['first'],
  ...rest,
})

export const adoption = (loginId: string, obtainedAtMs: number): Adoption => {
  const { generation: _, ...rest } = grant({ obtainedAtMs })
  return {
    loginId,
    id: '1001',
    username: 'alice',
    name: 'Alice',
    grant: { kind: 'oauth2', ...rest },
  }
}

export const adoption1 = (loginId: string, obtainedAtMs: number): Adoption => {
  const grant = { kind: 'oauth1', ...userToken({ obtainedAtMs }) } as const
  return { loginId, id: '1001', username: 'alice', name: '', grant }
}

/** Grants that nobody asked X about, as a former build took them in with `?confirm=false`. */
import { env } from 'cloudflare:workers'
import { sealFresh } from '../../src/account/grant'
import { accountAt } from '../../src/account/stub'
import { keyringOf } from '../../src/crypto/keyring'
import { configOf } from '../../src/env'
import { Secret } from '../../src/secret'

/** A pair that is due at once, and valid for ten minutes; X was not asked about it, unless somebody did. */
export async function adoptPair(
  id: string,
  accessToken: string,
  refreshToken: string,
  isConfirmed = false,
) {
  const { sealingKeys, clientId } = configOf(env)
  const obtainedAtMs = Date.now()
  const now = Math.floor(obtainedAtMs / 1000)
  const fresh = {
    kind: 'oauth2',
    accessToken: new Secret(accessToken),
    refreshToken: new Secret(refreshToken),
    scope: '',
    expiresAt: now + 600,
    clientId,
    obtainedAtMs,
  } as const
  const grant = await sealFresh(await keyringOf(sealingKeys), id, fresh, 'warm')
  const due = { ...grant, dueAt: now, imported: true } as const
  return adopt(id, isConfirmed ? due : { ...due, unconfirmed: true })
}

/** A user token that X was not asked about. */
export async function adoptKey(id: string, token: string, tokenSecret: string) {
  const { sealingKeys, apiKey } = configOf(env)
  const fresh = {
    kind: 'oauth1',
    token: new Secret(token),
    tokenSecret: new Secret(tokenSecret),
    apiKey,
    obtainedAtMs: Date.now(),
  } as const
  const grant = await sealFresh(await keyringOf(sealingKeys), id, fresh, 'warm')
  return adopt(id, { ...grant, unconfirmed: true })
}

type Grant = Parameters<ReturnType<typeof accountAt>['adopt']>[0]['grant']

async function adopt(id: string, grant: Grant) {
  const loginId = `import:${crypto.randomUUID()}`
  return accountAt(env, id).adopt({ loginId, id, username: id, name: '', grant, asOf: 0 })
}

/**
 * Opens what `GET /v1/exports` gave, with the sealing keys, on the machine of whoever has them. Written apart from Perch, after
 * STORAGE.md alone: nobody needs Perch to get what it keeps.
 */
import { createDecipheriv, createHmac } from 'node:crypto'
import type { Line } from './records.ts'

/** A record as it was exported. */
export interface ExportedLine {
  kind: 'account' | 'caller' | 'endpoint'
  id: string
  sealed: string
}

interface Grants {
  id: string
  username: string
  oauth2?: { accessToken: string; refreshToken?: string; scope: string; expiresAt: number }
  oauth1?: { token: string; tokenSecret: string }
}

const LABEL = 'perch key id'

/** The sealing keys by their ids: the first four bytes of an HMAC under each. */
export function keysOf(text: string): Map<string, Buffer> {
  const keys = text.split(',').map((key) => Buffer.from(key.trim(), 'base64'))
  return new Map(
    keys.map((key) => [
      createHmac('sha256', key).update(LABEL).digest().subarray(0, 4).toString('hex'),
      key,
    ]),
  )
}

const TAG_BYTES = 16

/**
 * Opens one envelope, `v1.<key id>.<iv>.<ciphertext and tag>`, which was sealed for this place.
 *
 * @throws Error which names the key that is missing, and no secret
 */
export function opened(keys: ReadonlyMap<string, Buffer>, sealed: string, place: string): string {
  const [, id = '', iv = '', text = ''] = sealed.split('.')
  const key = keys.get(id)
  if (!key) throw new Error(`It was sealed with the key ${id}, which is not in SEALING_KEYS.`)
  const bytes = Buffer.from(text, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'))
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
}

/** An account as a line of an import, its tokens in the open; of a caller or an endpoint its record. */
export function openedLine(
  keys: ReadonlyMap<string, Buffer>,
  { kind, id, sealed }: ExportedLine,
): Line | { kind: 'caller' | 'endpoint'; record: unknown } {
  const record: unknown = JSON.parse(opened(keys, sealed, `EXPORT/${kind}/${id}`))
  if (kind === 'caller') return { kind, record }
  if (kind === 'endpoint') {
    const { secrets, ...endpoint } = record as { secrets: { sealed: string }[] }
    const place = `REGISTRY/endpoint/${id}#secret`
    const inTheOpen = secrets.map(({ sealed, ...rest }) => ({
      secret: opened(keys, sealed, place),
      ...rest,
    }))
    return { kind, record: { ...endpoint, secrets: inTheOpen } }
  }
  const { username, oauth2, oauth1 } = record as Grants
  const token = (field: string, envelope: string): string =>
    opened(keys, envelope, `VAULT/account/${id}#${field}`)
  return {
    id,
    username,
    ...(oauth1
      ? {
          oauth1: {
            oauth_token: token('oauth1.token', oauth1.token),
            oauth_token_secret: token('oauth1.tokenSecret', oauth1.tokenSecret),
          },
        }
      : {}),
    ...(oauth2
      ? {
          oauth2: {
            access_token: token('oauth2.accessToken', oauth2.accessToken),
            ...(oauth2.refreshToken
              ? { refresh_token: token('oauth2.refreshToken', oauth2.refreshToken) }
              : {}),
            expires_at: oauth2.expiresAt,
            ...(oauth2.scope ? { scope: oauth2.scope } : {}),
          },
        }
      : {}),
  }
}

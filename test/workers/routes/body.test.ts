/** How much of a body Perch pulls before it answers; a sender that never ends must not be heard to the end. */
import { beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, perch } from '../world'

const LIMIT = 64 * 1024
const PART = 4 * 1024
/** What streams on the way may hold besides. */
const SLACK = 4 * LIMIT
const ENDLESS = 100 * 1024 * 1024

/** Sends a body of this many bytes, in parts that are made when they are asked for. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  bytes = ENDLESS,
) {
  let pulled = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (pulled >= bytes) return controller.close()
        const part = new Uint8Array(Math.min(PART, bytes - pulled)).fill(0x20)
        pulled += part.length
        controller.enqueue(part)
      },
    },
    { highWaterMark: 0 },
  )
  const response = await perch(path, { method, headers, body })
  const text = await response.text()
  const code = /"code":"(\w+)"|<span class="badge bad">(\w+)</.exec(text)
  return { status: response.status, code: code?.[1] ?? code?.[2], pulled }
}

let cookie = ''
beforeAll(async () => {
  cookie = (await perch('/login')).headers.get('set-cookie')?.split(';')[0] ?? ''
})

const LOGIN = 'l'.repeat(43)
const TAKES_A_BODY: [string, string][] = [
  ['POST', '/v1/logins'],
  ['POST', `/v1/logins/${LOGIN}/complete`],
  ['PUT', '/v1/accounts/12/grants/oauth1'],
  ['PUT', '/v1/accounts/12/grants/oauth2'],
  ['POST', '/v1/accounts/12/sign'],
  ['POST', '/v1/app/sign'],
  ['POST', '/v1/callers'],
]
const TAKES_NONE: [string, string][] = [
  ['POST', '/v1/accounts/12/refresh'],
  ['POST', '/v1/accounts/12/restore'],
  ['POST', '/v1/restore'],
  ['DELETE', '/v1/accounts/12'],
  ['DELETE', '/v1/accounts/12/grants/oauth1'],
  ['DELETE', '/v1/app/token'],
  ['DELETE', '/v1/callers/0123456789abcdef'],
]

describe.each(TAKES_A_BODY)('%s %s', (method, path) => {
  it('is read to the limit and no further, where no length is given', async () => {
    const { pulled, ...answer } = await send(method, path, ADMIN)
    expect(answer).toEqual({ status: 413, code: 'request_too_large' })
    expect(pulled).toBeLessThan(LIMIT + SLACK)
  })

  it('… or a false one', async () => {
    const headers = { ...ADMIN, 'content-length': '2' }
    const { pulled, ...answer } = await send(method, path, headers)
    expect(answer).toEqual({ status: 413, code: 'request_too_large' })
    expect(pulled).toBeLessThan(LIMIT + SLACK)
  })

  it('is not read where its length is too great', async () => {
    const headers = { ...ADMIN, 'content-length': String(LIMIT + 1) }
    const { pulled, ...answer } = await send(method, path, headers)
    expect(answer).toEqual({ status: 413, code: 'request_too_large' })
    expect(pulled).toBeLessThanOrEqual(PART)
  })
})

describe.each([...TAKES_A_BODY, ...TAKES_NONE])('%s %s', (method, path) => {
  it('is not read without a key, or with a wrong one', async () => {
    for (const key of [
      undefined,
      'Bearer wrong',
      `Bearer perch_${'0'.repeat(16)}_${'a'.repeat(49)}`,
    ]) {
      const { pulled, status } = await send(method, path, key ? { authorization: key } : {})
      expect(status).toBe(401)
      expect(pulled).toBeLessThanOrEqual(PART)
    }
  })
})

it.each(TAKES_NONE)('%s %s takes no body, and reads none', async (method, path) => {
  const { pulled, status } = await send(method, path, ADMIN)
  expect(status).not.toBe(413)
  expect(pulled).toBeLessThanOrEqual(PART)
})

describe('the form for a PIN', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  it('is read to the limit and no further', async () => {
    const { pulled, ...answer } = await send('POST', '/login/pin', { ...form, cookie })
    expect(answer).toEqual({ status: 413, code: 'request_too_large' })
    expect(pulled).toBeLessThan(LIMIT + SLACK)
  })

  it('is not read where its length is too great', async () => {
    const headers = { ...form, cookie, 'content-length': String(LIMIT + 1) }
    const { pulled, ...answer } = await send('POST', '/login/pin', headers)
    expect(answer).toEqual({ status: 413, code: 'request_too_large' })
    expect(pulled).toBeLessThanOrEqual(PART)
  })

  it.each([
    ['no cookie', ''],
    ['other cookies', 'a=b; perch=1; xperch_login_a=b'],
    ['a cookie as it is called on plain http', `perch_login_${'a'.repeat(16)}=b`],
  ])('is not read with %s', async (_, other) => {
    const { pulled, ...answer } = await send('POST', '/login/pin', { ...form, cookie: other })
    expect(answer).toEqual({ status: 403, code: 'login_elsewhere' })
    expect(pulled).toBeLessThanOrEqual(PART)
  })
})

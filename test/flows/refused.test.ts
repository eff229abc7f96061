/** Every way to ask the API wrongly: a status, a stable code, and nothing done. */
import { describe, expect, it } from 'vitest'
import { problemOf } from './answers.ts'
import { program } from './programs.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

describe('refused', () => {
  const UNKNOWN = '/v1/accounts/99'
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const shaped = `perch_${'0'.repeat(16)}_${'A'.repeat(49)}`

  it.each([
    ['no key', {}, 'key_missing'],
    ['an empty one', { authorization: 'Bearer ' }, 'key_missing'],
    ['Basic', { authorization: 'Basic YWRtaW46YWRtaW4=' }, 'key_missing'],
    ['two words', bearer('one two'), 'key_missing'],
    ['another key', bearer('x'.repeat(40)), 'key_invalid'],
    ['a mistyped caller key', bearer(shaped), 'key_invalid'],
    ['a key of 8 kB', bearer('x'.repeat(8000)), 'key_invalid'],
  ])('%s: 401', async (_, headers, code) => {
    const nobody = program(world, null)
    for (const path of [`${UNKNOWN}/token`, UNKNOWN, '/v1/accounts', '/v1/callers']) {
      const response = await nobody.send('GET', path, undefined, headers)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(await problemOf(response)).toMatchObject({ status: 401, code })
    }
  })

  it.each([
    ['GET', UNKNOWN],
    ['GET', `${UNKNOWN}/token`],
    ['GET', `${UNKNOWN}/token?rejected=1`],
    ['POST', `${UNKNOWN}/refresh`],
    ['DELETE', UNKNOWN],
  ])('an unknown account: %s %s', async (method, path) => {
    const problem = await problemOf(await admin.send(method, path))
    expect(problem).toMatchObject({ status: 404, code: 'account_unknown' })
  })

  it.each(['0', '01', 'alice', '-1', '1.5', '1e3', '9'.repeat(21), '%20', '1%2F2', '__proto__'])(
    'a malformed id: %s',
    async (id) => {
      const calls = [
        admin.send('GET', `/v1/accounts/${id}`),
        admin.send('GET', `/v1/accounts/${id}/token`),
        admin.send('POST', `/v1/accounts/${id}/refresh`),
        admin.send('DELETE', `/v1/accounts/${id}`),
      ]
      for (const response of await Promise.all(calls))
        expect(await problemOf(response)).toMatchObject({ status: 400, code: 'request_malformed' })
    },
  )

  it.each([
    ['GET', '/token?min_ttl=3601'],
    ['GET', '/token?min_ttl=-1'],
    ['GET', '/token?min_ttl=1.5'],
    ['GET', '/token?min_ttl='],
    ['GET', '/token?min_ttl=60&min_ttl=60'],
    ['GET', '/token?rejected=new'],
    ['GET', '/token?rejected=99999999999999999999'],
    ['GET', '/token?ttl=60'],
    ['GET', '?fields=all'],
    ['POST', '/refresh?force=true'],
    ['DELETE', '?force=yes'],
    ['DELETE', '?forced=true'],
  ])('a query it does not know: %s %s', async (method, rest) => {
    const problem = await problemOf(await admin.send(method, UNKNOWN + rest))
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(problem.detail).toMatch(/\w/)
  })

  it.each(['?limit=0', '?limit=1001', '?limit=ten', '?page=2'])(
    'a page nobody has: %s',
    async (query) => {
      const problem = await problemOf(await admin.send('GET', `/v1/accounts${query}`))
      expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    },
  )

  it.each([
    ['GET', '/v1'],
    ['GET', '/v1/accounts/99/token/more'],
  ])('nothing there: %s %s', async (method, path) => {
    const problem = await problemOf(await admin.send(method, path))
    expect(problem).toMatchObject({ status: 404, code: 'not_found' })
  })
})

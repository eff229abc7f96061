/** People write what they like into their names at X: what is read is plain, and what is shown of older records too. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { summaryOf, viewOf } from '../../../src/account/view'
import { Secret } from '../../../src/secret'
import { whoIs } from '../../../src/x/me'

let answer = ''
const x = createServer((request, response) => {
  request.resume()
  response.end(answer)
})
let apiOrigin = ''

beforeAll(async () => {
  await new Promise<void>((ready) => x.listen(0, '127.0.0.1', ready))
  apiOrigin = `http://127.0.0.1:${(x.address() as AddressInfo).port}`
})
afterAll(() => {
  x.close()
})

const asked = (username: string, name: string) => {
  answer = JSON.stringify({ data: { id: '1', username, name } })
  return whoIs({ apiOrigin }, new Secret('token'), 'users.read', 0)
}

it.each([
  ['an override of direction', 'Alice\u202egnp.exe', 'Alicegnp.exe'],
  ['controls of a terminal', '\u001b[2JAlice\u009b31m\u0007', '[2JAlice31m'],
  ['what has no width', 'A\u200bl\u2060i\ufeffce', 'Alice'],
  ['half a surrogate pair', 'Alice \ud83d', 'Alice \ufffd'],
  ['an emoji of several', 'Alice 👩🏽‍💻', 'Alice 👩🏽‍💻'],
  ['nothing that is seen', '\u2066\u2069', 'alice'],
])('a name with %s', async (_, name, plain) => {
  expect(await asked('alice', name)).toEqual({ id: '1', username: 'alice', name: plain })
})

it.each(['ali\u202ece', 'alice\u200b', 'аlice', 'a lice', '', '@alice', 'a'.repeat(51), 'alice\n'])(
  'a username that is none is never made one: %j',
  async (username) => {
    expect(await asked(username, 'Alice')).toMatchObject({
      message: expect.stringMatching(/^When asked who logged in, /),
    })
  },
)

it('what a former build stored is shown plainly', () => {
  const stored = { id: '1', username: 'alice', status: 'ok', grants: [], generation: 1 } as const
  const times = { expiresAt: null, dueAt: null, keyIds: [] }
  for (const [name, shown] of [
    ['Alice\u202e', 'Alice'],
    ['\u202e', 'alice'],
  ] as const) {
    expect(summaryOf({ ...stored, ...times, grants: [], name }, 0).name).toBe(shown)
    expect(viewOf({ id: '1', username: 'alice', status: 'ok', name }, 0).name).toBe(shown)
  }
})

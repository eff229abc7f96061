/** Bodies through the real door: too long ones, and odd ones. How much of one is read, the workers ring counts. */
import { type IncomingMessage, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf, problemOf } from './answers.ts'
import { program } from './programs.ts'
import { visitor } from './visitors.ts'
import { ADMIN_KEY, ALL_FLOWS, useWorld } from './worlds.ts'

const world = useWorld(ALL_FLOWS)
const admin = program(world)

const LIMIT = 64 * 1024
/** Chunked, so without a length. */
const CHUNKED = { 'transfer-encoding': 'chunked' }
const KEY = { authorization: `Bearer ${ADMIN_KEY}` }
const NO_LOGIN = 'l'.repeat(43)
let cookie = ''

beforeAll(async () => {
  const { begin, jar } = visitor(world)
  await begin()
  cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
})

/** Sends this body, with a length or without. */
function send(method: string, path: string, headers: Record<string, string>, body: string) {
  return new Promise<Response>((resolve, reject) => {
    const sent = request(world.perch + path, { method, headers }, (answer) => {
      wholeOf(answer).then(resolve, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function wholeOf(answer: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  return new Response(Buffer.concat(parts), { status: answer.statusCode!, headers })
}

describe('without a length', () => {
  const TAKES_A_BODY: [string, string][] = [
    ['POST', '/v1/logins'],
    ['POST', `/v1/logins/${NO_LOGIN}/complete`],
    ['PUT', '/v1/accounts/12/grants/oauth1'],
    ['PUT', '/v1/accounts/12/grants/oauth2'],
    ['POST', '/v1/accounts/12/sign'],
    ['POST', '/v1/app/sign'],
    ['POST', '/v1/callers'],
  ]

  it.each(TAKES_A_BODY)('%s %s refuses what is too long, after the key', async (method, path) => {
    const long = ' '.repeat(2 * LIMIT)
    const known = await send(method, path, { ...KEY, ...CHUNKED }, long)
    expect(await failureOf(known)).toEqual([413, 'request_too_large'])
    expect(await failureOf(await send(method, path, CHUNKED, long))).toEqual([401, 'key_missing'])
  })

  it('so does the form for a PIN, after the cookie', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...CHUNKED }
    const long = `login=${NO_LOGIN}&pin=${'1'.repeat(2 * LIMIT)}`
    const known = await send('POST', '/login/pin', { ...form, cookie }, long)
    expect(await failureOf(known)).toEqual([413, 'request_too_large'])
    const stranger = await send('POST', '/login/pin', form, long)
    expect(await failureOf(stranger)).toEqual([403, 'login_elsewhere'])
  })

  it('a sender that does not end is not heard to the end', async () => {
    const offered = 200 * 1024 * 1024
    // Sockets and the development server on the way hold some of it.
    expect(await takenOf('/v1/logins', { ...KEY, ...CHUNKED }, offered)).toBeLessThan(offered / 4)
    expect(await takenOf('/login/pin', { cookie, ...CHUNKED }, offered)).toBeLessThan(offered / 4)
  })
})

/** How many bytes are taken off our hands until there is an answer, or nobody to send to any more. */
function takenOf(path: string, headers: Record<string, string>, offered: number): Promise<number> {
  const part = Buffer.alloc(LIMIT, ' ')
  return new Promise((resolve) => {
    let taken = 0
    let over = false
    const end = () => {
      over = true
      resolve(taken)
      sent.destroy()
    }
    const sent = request(world.perch + path, { method: 'POST', headers }, end)
    sent.on('error', end)
    const more = () => {
      while (!over && taken < offered) {
        taken += part.length
        if (!sent.write(part)) return void sent.once('drain', more)
      }
      if (!over) sent.end()
    }
    more()
  })
}

describe('the limit is one of bytes', () => {
  it.each([
    ['one byte each', ' '.repeat(LIMIT), 201],
    ['one byte each, and one more', ' '.repeat(LIMIT + 1), 413],
    ['two bytes each', 'ä'.repeat(LIMIT / 2), 400],
    ['two bytes each, and one more', 'ä'.repeat(LIMIT / 2 + 1), 413],
  ])('%s', async (_, body, status) => {
    for (const length of [CHUNKED, { 'content-length': String(Buffer.byteLength(body)) }])
      expect((await send('POST', '/v1/logins', { ...KEY, ...length }, body)).status).toBe(status)
  })
})

describe('an odd body is named', () => {
  it.each<[string, Buffer, Record<string, string>, string]>([
    ['bytes that are no UTF-8', Buffer.from('{"flow":"\xff"}', 'latin1'), {}, 'not UTF-8'],
    ['a character cut in half', Buffer.from('{"flow":"\u{1f99c}').subarray(0, -1), {}, 'not UTF-8'],
    ['gzip', gzipSync('{}'), { 'content-encoding': 'gzip' }, 'Content-Encoding'],
    ['gzip that does not say so', gzipSync('{}'), {}, 'not UTF-8'],
    ['a form', Buffer.from('flow=oauth2'), {}, 'not JSON'],
    ['a list', Buffer.from('[]'), {}, 'not a JSON object'],
    ['a text', Buffer.from('"oauth2"'), {}, 'body: '],
    ['null', Buffer.from('null'), {}, 'body: '],
    ['a field that every object has', Buffer.from('{"__proto__":{}}'), {}, '__proto__: unknown'],
    ['another one', Buffer.from('{"constructor":1}'), {}, 'constructor: unknown field'],
    ['one more', Buffer.from('{"toString":"x"}'), {}, 'toString: unknown field'],
  ])('%s', async (_, body, headers, message) => {
    const response = await fetch(`${world.perch}/v1/logins`, {
      method: 'POST',
      headers: { ...KEY, ...headers },
      body,
    })
    const problem = await problemOf(response)
    expect(problem).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(problem.detail).toContain(message)
  })

  it('whatever its type is called, JSON is JSON', async () => {
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      '',
    ]) {
      const headers = type === '' ? {} : { 'content-type': type }
      expect((await admin.send('POST', '/v1/logins', '{"flow":"oauth2"}', headers)).status).toBe(
        201,
      )
    }
  })

  it('a form with a field twice', async () => {
    const body = `login=${NO_LOGIN}&pin=1&pin=2`
    const response = await fetch(`${world.perch}/login/pin`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    expect(await failureOf(response)).toEqual([400, 'request_malformed'])
  })
})

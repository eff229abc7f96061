import { get, type IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { answer, type Tokens, useEmulator } from './emulator.ts'

const x = useEmulator()

const TOKEN = '/2/oauth2/token'
const last = async () => (await x.calls()).at(-1)
const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms))

describe('a lost reply', () => {
  it.each([
    ['drop_after_commit', 'rotated', 400],
    ['drop_before', 'dropped', 200],
  ])('%s: headers arrive, the body breaks off', async (fault, outcome, again) => {
    const { refresh_token } = await x.login()
    await x.fault(fault)
    const reply = await x.refresh(refresh_token)
    expect(reply.status).toBe(200)
    await expect(reply.text()).rejects.toThrow('terminated')
    expect(await last()).toMatchObject({ status: 200, fault, outcome })
    expect((await x.refresh(refresh_token)).status).toBe(again)
  })

  it('loses a redirect and an empty body as well', async () => {
    await x.fault('drop_after_commit', '/i/oauth2/authorize')
    const reply = await x.decide({}, { decision: 'cancel' })
    await expect(reply.text()).rejects.toThrow('terminated')
  })
})

it('twice: X acts on both calls, and the answer to the second arrives', async () => {
  const { refresh_token } = await x.login()
  await x.fault('twice')
  expect(await answer(await x.refresh(refresh_token))).toMatchObject({ status: 400 })
  expect(await last()).toMatchObject({
    fault: 'twice',
    outcome: expect.stringMatching(/^refused/),
    why: 'spent',
  })
  expect(await x.grants()).toContainEqual(expect.objectContaining({ live: true }))
})

describe('a reply that loses its end', () => {
  it.each([
    ['cut:1', { 'content-length': '82' }, 81],
    ['cut:30', { 'content-length': '82' }, 52],
    ['cut:5000', { 'content-length': '82' }, 0],
    ['cut:0', { 'transfer-encoding': 'chunked' }, 82],
  ])(
    '%s: the headers, what comes before the cut, and a broken connection',
    async (fault, headers, bytes) => {
      await x.fault(fault, '/2/users/me')
      const reply = await raw('/2/users/me')
      expect(reply).toMatchObject({ status: 401, headers, ended: 'broken' })
      expect(reply.text).toBe(WHOLE.slice(0, bytes))
      expect(await last()).toMatchObject({ status: 401, fault })
    },
  )

  it('cut: X has acted, and every byte of both tokens can be read', async () => {
    const { refresh_token } = await x.login()
    await x.fault('cut:0')
    const reply = await x.refresh(refresh_token)
    const chunks: Uint8Array[] = []
    const read = async () => {
      for await (const chunk of reply.body ?? []) chunks.push(chunk)
    }
    await expect(read()).rejects.toThrow('terminated')
    const pair = JSON.parse(Buffer.concat(chunks).toString()) as Tokens
    expect((await x.me(pair.access_token)).status).toBe(200)
    expect((await x.refresh(refresh_token)).status).toBe(400)
  })

  it.each([
    ['stall', ''],
    ['stall:1', '{'],
    ['stall:5000', WHOLE.slice(0, -1)],
  ])('%s: the headers at once, and the rest never', async (fault, text) => {
    await x.fault(fault, '/2/users/me')
    const reply = await raw('/2/users/me', 300)
    const headers = { 'content-length': '82' }
    expect(reply).toMatchObject({ status: 401, headers, text, ended: 'left' })
    expect((await x.me('x')).status).toBe(401)
  })

  it('stall: X has acted', async () => {
    const { refresh_token } = await x.login()
    await x.fault('stall')
    const reply = await x.refresh(refresh_token)
    expect(reply.status).toBe(200)
    await reply.body?.cancel()
    expect(await last()).toMatchObject({ outcome: 'rotated' })
    expect((await x.refresh(refresh_token)).status).toBe(400)
  })

  it.each<[string, number, string]>([
    ['gateway:503', 503, '<!DOCTYPE html>'],
    ['gateway:200', 200, '<!DOCTYPE html>'],
    ['reset_after', 502, ''],
  ])('%s: X has acted, and its reply is another one', async (fault, status, text) => {
    const { refresh_token } = await x.login()
    await x.fault(fault)
    const reply = await x.refresh(refresh_token)
    expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining(text)])
    expect(await last()).toMatchObject({ outcome: 'rotated', fault })
    expect((await x.refresh(refresh_token)).status).toBe(400)
  })

  it('reset_before: X has not acted', async () => {
    const { refresh_token } = await x.login()
    await x.fault('reset_before')
    const reply = await x.refresh(refresh_token)
    expect(reply.headers.get('X-Emulator-Reset')).toBe('1')
    expect(await last()).toMatchObject({ outcome: 'not processed' })
    expect((await x.refresh(refresh_token)).status).toBe(200)
  })

  it.each<[string, number]>([
    ['padded:3000000', 3_000_000],
    ['slow:200', 0],
  ])('%s: the whole reply arrives', async (fault, spaces) => {
    const { refresh_token } = await x.login()
    await x.fault(fault)
    const began = performance.now()
    const text = await (await x.refresh(refresh_token)).text()
    expect(text.length).toBeGreaterThan(spaces)
    if (spaces === 0) expect(performance.now() - began).toBeGreaterThan(180)
    const pair = JSON.parse(text) as Tokens
    expect((await x.me(pair.access_token)).status).toBe(200)
  })

  it.each(['gateway', 'gateway:', 'gateway:99', 'padded', 'slow:x', 'reset_before:1'])(
    '%s is none either',
    async (fault) => {
      expect(await x.fault(fault)).toMatchObject({ error: expect.stringContaining('gateway') })
    },
  )

  it.each(['cut', 'cut:', 'cut:-1', 'cut:x', 'stall:', 'stall:-1'])(
    '%s is no fault',
    async (fault) => {
      expect(await x.fault(fault)).toMatchObject({ error: expect.stringContaining('cut:<n>') })
    },
  )

  /** A reply byte by byte, which `fetch` hides; whoever waits longer than `patienceMs` leaves. */
  function raw(path: string, patienceMs = 5000) {
    return new Promise<Raw>((done) => {
      get(`${x.origin()}${path}`, (reply) => {
        let text = ''
        const end = (ended: Raw['ended']) =>
          done({ status: reply.statusCode, headers: reply.headers, text, ended })
        reply.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        reply.on('end', () => end('whole'))
        reply.on('error', () => end('broken'))
        reply.setTimeout(patienceMs, () => {
          end('left')
          reply.destroy()
        })
      })
    })
  }
})

interface Raw {
  status: number | undefined
  headers: IncomingHttpHeaders
  text: string
  ended: 'whole' | 'broken' | 'left'
}

const WHOLE = '{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}'

describe('an answer instead', () => {
  it('status:429 says when to come back', async () => {
    const { refresh_token } = await x.login()
    await x.fault('status:429')
    const reply = await x.refresh(refresh_token)
    const inSeconds = Number(reply.headers.get('x-rate-limit-reset')) - Date.now() / 1000
    expect(inSeconds).toBeGreaterThan(10)
    expect(inSeconds).toBeLessThanOrEqual(15)
    const body = { title: 'Too Many Requests', status: 429 }
    expect(await answer(reply)).toMatchObject({
      status: 429,
      type: 'application/problem+json',
      body,
    })
    expect(await last()).toMatchObject({ status: 429, outcome: 'not processed' })
    expect((await x.refresh(refresh_token)).status).toBe(200)
  })

  it.each([
    ['status:503', 503, 'application/problem+json', '"status":503'],
    ['status:500', 500, 'text/plain;charset=utf-8', '500'],
    ['status:204', 204, null, ''],
    ['html', 503, 'text/html;charset=utf-8', '<!DOCTYPE html>'],
    ['html:200', 200, 'text/html;charset=utf-8', '<!DOCTYPE html>'],
    [
      'reply:{"status":400,"body":{"error":"invalid_grant"}}',
      400,
      'application/json;charset=utf-8',
      '{"error":"invalid_grant"}',
    ],
    ['reply:{"body":"no: JSON"}', 200, 'text/plain;charset=utf-8', 'no: JSON'],
  ])('%s', async (fault, status, type, text) => {
    const { refresh_token } = await x.login()
    await x.fault(fault)
    const reply = await x.refresh(refresh_token)
    expect([reply.status, reply.headers.get('Content-Type')]).toEqual([status, type])
    expect(await reply.text()).toContain(text)
    expect((await x.refresh(refresh_token)).status).toBe(200)
  })
})

describe('a slow answer', () => {
  it('delay: acts late, holds up nobody, and acts although the client has left', async () => {
    const { refresh_token, access_token } = await x.login()
    await x.fault('delay:400')
    const signal = AbortSignal.timeout(100)
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token })
    const headers = { Authorization: BASIC }
    const left = x.send(TOKEN, { method: 'POST', body, headers, signal })
    await expect(left).rejects.toThrow()
    expect(await last()).toMatchObject({ outcome: 'waiting', fault: 'delay:400' })
    expect((await x.me(access_token)).status).toBe(200)
    await pause(500)
    expect((await x.calls(`?path=${TOKEN}`)).at(-1)).toMatchObject({ outcome: 'rotated' })
    expect((await x.me(access_token)).status).toBe(401)
  })

  it('delay_reply: acts at once', async () => {
    const { refresh_token, access_token } = await x.login()
    await x.fault('delay_reply:300')
    const started = Date.now()
    const slow = x.refresh(refresh_token)
    await pause(100)
    expect((await x.me(access_token)).status).toBe(401)
    expect((await slow).status).toBe(200)
    expect(Date.now() - started).toBeGreaterThanOrEqual(290)
  })
})

describe('an odd token reply', () => {
  it.each([
    ['no_token_type', 200, { token_type: undefined }],
    ['empty_refresh_token', 200, { refresh_token: '' }],
    ['null_expires_in', 200, { expires_in: null }],
    ['status_201', 201, { token_type: 'bearer' }],
    ['extra_fields', 200, { id_token: 'not a JWT' }],
  ])('%s: X has acted', async (mangle, status, fields) => {
    const { refresh_token } = await x.login()
    await x.fault(`mangle:${mangle}`)
    const reply = await x.refresh(refresh_token)
    expect(reply.status).toBe(status)
    const tokens = (await reply.json()) as Tokens
    for (const [name, value] of Object.entries(fields)) {
      expect(tokens[name as keyof Tokens]).toBe(value)
    }
    expect((await x.me(tokens.access_token)).status).toBe(200)
    const kept = mangle === 'empty_refresh_token'
    expect((await x.refresh(refresh_token)).status).toBe(kept ? 200 : 400)
  })

  it('empty_refresh_token on a code: there is none', async () => {
    await x.fault('mangle:empty_refresh_token')
    expect(await x.login()).toMatchObject({ refresh_token: '' })
    expect(await x.grants()).toMatchObject([{ live: true, refresh_token: null }])
  })
})

describe('which calls', () => {
  it('times, path and grant type decide, the oldest fault first', async () => {
    const { refresh_token } = await x.login()
    await x.fault('status:500', TOKEN, { grant_type: 'refresh_token', times: 2 })
    await x.fault('status:502')
    const statuses = []
    for (const grant_type of ['other', 'refresh_token', 'refresh_token', 'refresh_token']) {
      statuses.push((await x.token({ grant_type, refresh_token })).status)
    }
    expect(statuses).toEqual([502, 500, 500, 200])
    expect(await x.control('GET', 'faults')).toEqual({ faults: [] })
  })

  it.each([
    ['/2/users/*', '/2/users/me', true],
    ['*', '/2/users/me', true],
    ['/2/users/me', '/2/users/me', true],
    ['/2/users', '/2/users/me', false],
    ['/2/tweets*', '/2/users/me', false],
    ['/2/user_/*', '/2/users/me', false],
  ])('%s and %s: %s', async (path, called, hit) => {
    await x.fault('status:418', path)
    expect((await x.send(called)).status === 418).toBe(hit)
  })

  it('DELETE forgets them, and the control API takes none', async () => {
    await x.fault('status:500', '*', { times: 9 })
    const more = { grant_type: null, user_id: null }
    const waiting = { path: '*', ...more, fault: 'status:500', times: 9 }
    expect(await x.control('GET', 'faults')).toEqual({ faults: [waiting] })
    expect(await x.control('DELETE', 'faults')).toEqual({ faults: [] })
    expect((await x.me('x')).status).toBe(401)
  })
})

const BASIC = `Basic ${btoa('RW11bGF0b3JDbGllbnRJZDAxMjM6MTpjaQ:-Emulator_client-secret_0123456789abcdefghijklmn-_')}`

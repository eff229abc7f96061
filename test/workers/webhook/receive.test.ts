/** What comes to the addresses of X's deliveries, signed and unsigned, and what is left of it. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hmacSha256 } from '../../../src/crypto/hmac'
import { configOf } from '../../../src/env'
import { Secret } from '../../../src/secret'
import { api, logged, perch } from '../world'

const CLIENT = env.X_CLIENT_SECRET
const CONSUMER = env.X_API_SECRET
const OAUTH2 = 'x-twitter-webhooks-signature-oauth2'
const OAUTH1 = 'x-twitter-webhooks-signature'
const TOKEN = 'MDEyMzQ1Njc4OWFiY2RlZg=='
const BOTH = ['/x/webhook', '/x/webhook/consumer']

const sign = async (secret: string, body: string | Uint8Array): Promise<string> =>
  `sha256=${(await hmacSha256(secret, body)).toBase64()}`

async function deliver(body: string, headers?: Record<string, string>, path = '/x/webhook') {
  const signed = headers ?? { [OAUTH2]: await sign(CLIENT, body) }
  const response = await perch(path, { method: 'POST', body, headers: signed })
  return { http: response.status, ...(await response.json<Record<string, unknown>>()) }
}

async function listen(): Promise<string> {
  const body = JSON.stringify({ name: 'listener', scopes: ['events', 'x:webhooks'] })
  return (await api('/v1/callers', { method: 'POST', body })).id
}
const stopListening = (id: string) => api(`/v1/callers/${id}`, { method: 'DELETE' })

interface Told {
  id: string
  type: string
  data: { raw: string; account?: { id: string } }
}
const eventsOf = async (account: string): Promise<Told[]> =>
  (await api(`/v1/events?limit=1000&account=${account}`)).events

let serial = 0
/** A mention of a user whom no other test knows. */
function mention(more: Record<string, unknown> = {}) {
  serial += 1
  const user_id = String(990_000_000 + serial)
  const data = {
    event_uuid: `-${serial}`,
    event_type: 'post.mention.create',
    filter: { user_id },
    payload: { text: 'caf\u00e9' },
    ...more,
  }
  return { user_id, body: JSON.stringify({ data }).replace('é', '\\u00e9') }
}

let listener = ''
beforeEach(async () => {
  listener = await listen()
})
afterEach(async () => {
  await stopListening(listener)
  vi.useRealTimers()
})

describe('the check', () => {
  it.each([
    ['/x/webhook', CLIENT],
    ['/x/webhook/consumer', CONSUMER],
  ])('%s is answered with the secret that is its own', async (path, secret) => {
    const response = await perch(`${path}?crc_token=${encodeURIComponent(TOKEN)}&nonce=1`)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.json()).toEqual({ response_token: await sign(secret, TOKEN) })
  })

  it('of a token whose plus signs X did not encode is of these', async () => {
    const token = 'MDEyMzQ1+jc4OWFi/2RlZg=='
    const response = await perch(`/x/webhook?crc_token=${token}`)
    expect(await response.json()).toEqual({ response_token: await sign(CLIENT, token) })
  })

  it.each(BOTH)('%s signs nothing that could be an event, and does not log it', async (path) => {
    const lines = logged('x_check_refused')
    const event = '{"for_user_id":"2244994945"}'
    const response = await perch(`${path}?crc_token=${encodeURIComponent(event)}`)
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([
      400,
      'request_malformed',
    ])
    expect(lines()).toEqual([{ event: 'x_check_refused', characters: event.length }])
  })

  it.each([
    ['/x/webhook', OAUTH2],
    ['/x/webhook/consumer', OAUTH1],
  ])('%s gives nobody an event: what it has signed is no delivery', async (path, header) => {
    serial += 1
    const token = `${'A'.repeat(19)}${serial}`
    const response = await perch(`${path}?crc_token=${token}`)
    const { response_token } = await response.json<{ response_token: string }>()
    const before = (await api('/v1/events?limit=1000&type=x.unknown')).events
    expect(await deliver(token, { [header]: response_token }, path)).toMatchObject({
      http: 401,
      code: 'signature_wrong',
    })
    expect((await api('/v1/events?limit=1000&type=x.unknown')).events).toEqual(before)
  })

  it.each([
    ['/x/webhook', 'clientSecret'],
    ['/x/webhook/consumer', 'apiSecret'],
  ] as const)('%s is not answered without its secret', async (path, secret) => {
    const restore = without(secret)
    const response = await perch(`${path}?crc_token=${encodeURIComponent(TOKEN)}`)
    restore()
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([
      503,
      'webhook_secret_missing',
    ])
  })
})

/** As if a secret were not set. */
function without(secret: 'clientSecret' | 'apiSecret'): () => void {
  const config = configOf(env)
  const before = config[secret]
  config[secret] = new Secret('')
  return () => {
    config[secret] = before
  }
}

describe('a delivery', () => {
  it.each(BOTH)('%s takes it by either header', async (path) => {
    for (const [header, secret] of [
      [OAUTH2, CLIENT],
      [OAUTH1, CONSUMER],
    ] as const) {
      const { user_id, body } = mention()
      expect(await deliver(body, { [header]: await sign(secret, body) }, path)).toEqual({
        http: 200,
        received: true,
      })
      expect(await eventsOf(user_id)).toMatchObject([
        { type: 'x.post.mention.create', data: { account: { id: user_id }, raw: body } },
      ])
    }
  })

  it.each([
    ['unsigned', async () => ({})],
    ['with an empty header', async () => ({ [OAUTH2]: '' })],
    [
      'signed with the other secret',
      async (body: string) => ({ [OAUTH2]: await sign(CONSUMER, body) }),
    ],
    [
      'signed with the other secret, the older way',
      async (body: string) => ({ [OAUTH1]: await sign(CLIENT, body) }),
    ],
    [
      'signed for other bytes',
      async (body: string) => ({ [OAUTH2]: await sign(CLIENT, `${body} `) }),
    ],
    [
      'with a good older header beside a wrong newer one',
      async (body: string) => ({
        [OAUTH2]: await sign('a secret of nobody', body),
        [OAUTH1]: await sign(CONSUMER, body),
      }),
    ],
  ])('%s is refused, and nothing is left of it', async (_, headersFor) => {
    const { user_id, body } = mention()
    const headers = (await headersFor(body)) as Record<string, string>
    expect(await deliver(body, headers)).toMatchObject({ http: 401, code: 'signature_wrong' })
    expect(await eventsOf(user_id)).toEqual([])
  })

  it('is neither taken nor refused while the secret for it is missing', async () => {
    const { user_id, body } = mention()
    const restore = without('clientSecret')
    const lines = logged('x_secret_missing')
    const headers = {
      [OAUTH2]: await sign('', body).catch(() => 'sha256=x'),
      [OAUTH1]: await sign(CONSUMER, body),
    }
    expect(await deliver(body, headers)).toMatchObject({
      http: 503,
      code: 'webhook_secret_missing',
    })
    expect(lines()).toEqual([{ event: 'x_secret_missing', setting: 'X_CLIENT_SECRET' }])
    restore()
    expect(await eventsOf(user_id)).toEqual([])
  })

  it('comes again as the same event', async () => {
    const { user_id, body } = mention()
    await deliver(body)
    await deliver(body)
    // X writes it in another order, and signs with the other secret.
    await deliver(`${body} `, { [OAUTH1]: await sign(CONSUMER, `${body} `) })
    expect(await eventsOf(user_id)).toHaveLength(1)
  })

  it('without an id is another one where its bytes are', async () => {
    const { user_id, body } = mention({ event_uuid: undefined })
    await deliver(body)
    await deliver(body)
    await deliver(`${body} `)
    expect(await eventsOf(user_id)).toHaveLength(2)
  })

  it('of one id to two users is an event of each', async () => {
    const one = mention({ event_uuid: 'the same' })
    const other = mention({ event_uuid: 'the same' })
    await deliver(one.body)
    await deliver(other.body)
    expect(await eventsOf(one.user_id)).toHaveLength(1)
    expect(await eventsOf(other.user_id)).toHaveLength(1)
  })

  it.each([
    ['no JSON', '{"data":'],
    ['nothing', ''],
  ])('of %s, signed all the same, is kept as it is', async (_, body) => {
    expect(await deliver(body)).toEqual({ http: 200, received: true })
    const { events } = await api('/v1/events?limit=1000&type=x.unknown')
    expect(events.map(({ data }: Told) => data.raw)).toContain(body)
  })

  it('is not kept while nobody listens', async () => {
    await stopListening(listener)
    // A yes is remembered for half a minute.
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
    const lines = logged('x_delivery')
    const { user_id, body } = mention()
    expect(await deliver(body)).toEqual({ http: 200, received: true })
    expect(lines()).toMatchObject([{ type: 'x.post.mention.create', stored: false }])
    await deliver(body)
    expect(await eventsOf(user_id)).toEqual([])
    listener = await listen()
    await deliver(body)
    expect(await eventsOf(user_id)).toHaveLength(1)
  })

  it('is repeated by X where the log did not take it', async () => {
    const append = vi.spyOn(env.EVENTS, 'getByName').mockImplementation(() => {
      throw new Error('unreachable')
    })
    const { user_id, body } = mention()
    expect(await deliver(body)).toMatchObject({ http: 503, code: 'object_unreachable' })
    append.mockRestore()
    await deliver(body)
    expect(await eventsOf(user_id)).toHaveLength(1)
  })

  it('of more than 1 MiB is refused, whatever it says of its length', async () => {
    const body = 'a'.repeat(1024 * 1024 + 1)
    expect(await deliver(body)).toMatchObject({ http: 413, code: 'request_too_large' })
    // In parts, of which nobody knows how many there are.
    let parts = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        parts += 1
        if (parts > 17) controller.close()
        else controller.enqueue(new Uint8Array(64 * 1024).fill(97))
      },
    })
    const headers = { [OAUTH2]: await sign(CLIENT, body) }
    const response = await perch('/x/webhook', { method: 'POST', body: stream, headers })
    expect(response.status).toBe(413)
    await response.body?.cancel()
    expect((await deliver(body.slice(1))).http).toBe(200)
  })

  it('is for programs: other methods and addresses get problems', async () => {
    for (const [method, path, http] of [
      ['PUT', '/x/webhook', 405],
      ['GET', '/x/nothing', 404],
    ] as const) {
      const response = await perch(path, { method })
      expect(response.status).toBe(http)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      await response.body?.cancel()
    }
  })
})

/** The emulator under X's own names: TLS that a told client trusts, URLs as they are signed, and no other host. */
import { X509Certificate } from 'node:crypto'
import { Agent, request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatesFor } from '../../emulator/as-x/authority.ts'
import { X_NAMES } from '../../emulator/as-x/names.ts'
import { type RunningProxy, startProxy } from '../../emulator/as-x/proxy.ts'
import { useEmulator } from './emulator.ts'
import { tokenOf, useOAuth1 } from './oauth1.ts'
import { authorizationHeader } from './signer.ts'

const x = useEmulator()
const o = useOAuth1(x)
const made = certificatesFor(X_NAMES)
let proxy: RunningProxy
beforeAll(async () => {
  proxy = await startProxy(0, Number(new URL(x.origin()).port), made)
})
afterAll(() => proxy.close())

interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  whole: boolean
}

/** A call through the proxy, by a client that trusts the authority alone. */
function call(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  ca = made.authority,
) {
  const proxyEnv = { ...process.env, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
  const agent = new Agent({ ca, proxyEnv })
  return new Promise<Reply>((resolve, reject) => {
    const sent = request(url, { agent, headers, method }, (reply) => {
      let text = ''
      reply.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      const end = (whole: boolean) => {
        agent.destroy()
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text, whole })
      }
      reply.on('end', () => end(true))
      reply.on('error', () => end(false))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('TLS', () => {
  it.each(X_NAMES)('%s has a certificate of the authority', async (name) => {
    expect((await call(`https://${name}/2/users/me`)).status).toBe(401)
  })

  it('is good for no other name, and no other certificate is signed by the authority’s key', () => {
    const cert = new X509Certificate(made.cert)
    expect(cert.checkHost('api.x.com')).toBe('api.x.com')
    for (const other of ['example.com', 'evil.x.com', 'localhost'])
      expect(cert.checkHost(other)).toBeUndefined()
    expect(cert.ca).toBe(false)
    expect(made).not.toHaveProperty('authorityKey')
    expect(certificatesFor(['x.com']).authority).not.toBe(made.authority)
  })

  it('is refused by a client that was not told', async () => {
    const other = certificatesFor(X_NAMES).authority
    await expect(call('https://api.x.com/2/users/me', {}, 'GET', other)).rejects.toThrow()
  })
})

describe('the proxy', () => {
  it.each([
    'https://example.com/',
    'https://evil.x.com/',
    'https://api.x.com:8443/',
    'https://localhost/',
  ])('refuses %s', (url) => expect(call(url)).rejects.toThrow(/403/))

  it('refuses what is no CONNECT', async () => {
    expect((await fetch(`http://127.0.0.1:${proxy.port}/2/users/me`)).status).toBe(403)
  })

  it('listens on loopback alone, on a port of its own', () => expect(proxy.port).toBeGreaterThan(0))
})

it.each(['https://api.x.com', 'https://api.twitter.com'])(
  'a signature covers %s, as the client has it',
  async (host) => {
    const url = `${host}/oauth/request_token`
    const oauth = { oauth_callback: 'oob' }
    const signed = authorizationHeader({ method: 'POST', url, oauth })
    const reply = await call(url, { Authorization: signed }, 'POST')
    expect(reply).toMatchObject({
      status: 200,
      headers: { 'content-length': String(reply.text.length) },
    })
    const token = await tokenOf(new Response(reply.text))
    expect((await o.show(token)).status).toBe(200)
    const elsewhere = authorizationHeader({
      method: 'POST',
      url: `${x.origin()}/oauth/request_token`,
      oauth,
    })
    expect((await call(url, { Authorization: elsewhere }, 'POST')).status).toBe(401)
  },
)

describe('replies', () => {
  it('that are short say their length, whatever the client takes', async () => {
    const reply = await call('https://x.com/i/oauth2/authorize?client_id=a', {
      'Accept-Encoding': 'gzip, br',
    })
    expect(reply.headers).toMatchObject({ 'content-length': String(Buffer.byteLength(reply.text)) })
    expect(reply.headers['content-encoding']).toBeUndefined()
  })

  it.each([
    ['cut:1', 81],
    ['cut:0', 82],
    ['drop_after_commit', 41],
  ])('%s is broken here as well', async (fault, bytes) => {
    await x.fault(fault, '/2/users/me')
    const reply = await call('https://api.x.com/2/users/me')
    expect([reply.whole, reply.text.length]).toEqual([false, bytes])
  })
})

it('the name cannot be claimed for another host', async () => {
  const { access_token } = await x.login()
  const headers = {
    Authorization: `Bearer ${access_token}`,
    'x-emulator-origin': 'https://evil.example',
  }
  expect((await x.send('/2/users/me', { headers })).status).toBe(200)
})

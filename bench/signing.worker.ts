/** Runs one way to sign, `times` over, inside workerd; the clock stands outside, since it does not move in here. */
import { createHmac } from 'node:crypto'
import OAuth from 'oauth-1.0a'
import { hmacSha1 } from '../src/crypto/hmac'
import { authorizationHeader } from '../src/oauth/authorization-header'
import { Secret } from '../src/secret'

const APP = { key: 'xvz1evFS4wEEPTGEFPHBog', secret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw' }
const USER = {
  key: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
  secret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
}
const URL_SIGNED = 'https://api.x.com/1.1/statuses/update.json?include_entities=true'
const STATUS = 'Hello Ladies + Gentlemen, a signed OAuth request!'

const signer = {
  consumerKey: APP.key,
  consumerSecret: new Secret(APP.secret),
  token: { token: USER.key, tokenSecret: new Secret(USER.secret) },
}
const other = new OAuth({
  consumer: APP,
  signature_method: 'HMAC-SHA1',
  hash_function: (text, key) => createHmac('sha1', key).update(text).digest('base64'),
})
const TEXT = 'POST&https%3A%2F%2Fapi.x.com%2F1.1%2Fstatuses%2Fupdate.json&'.padEnd(500, 'a%3Db%26')
const KEY = `${APP.secret}&${USER.secret}`

/** What is compared; each call is one whole result, from the same input. */
const WAYS: Record<string, () => unknown> = {
  hmac: () => hmacSha1(KEY, TEXT),
  perch: () =>
    authorizationHeader(
      { method: 'POST', url: new URL(URL_SIGNED), form: [['status', STATUS]] },
      signer,
      { timestamp: 1318622958 },
    ),
  'oauth-1.0a': () =>
    other.toHeader(
      other.authorize({ url: URL_SIGNED, method: 'POST', data: { status: STATUS } }, USER),
    ).Authorization,
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const way = WAYS[pathname.slice(1)]
    if (!way) return new Response('unknown', { status: 404 })
    let last: unknown
    for (let left = Number(searchParams.get('times')); left > 0; left--) last = await way()
    return new Response(String(last))
  },
}

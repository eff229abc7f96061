/** Listens to everything that a world says, and knows every secret that is around in it. */
import { createHash } from 'node:crypto'
import { vi } from 'vitest'
import type { Grant } from './emulators.ts'
import type { World } from './worlds.ts'

export interface Watch {
  /** Kinds of secrets that are known by now. */
  kinds: () => Set<string>
  /** Where a secret was seen: `<what> in <where>`. Looks at what came since it was asked last, or at all. */
  leaks: (at?: 'all') => string[]
}

/** Bodies that hand a secret out once: a lease, a caller's key, the ticket in a login_url. */
const HANDS_OUT = /^(GET .*\/token|POST .*\/refresh|POST \/v1\/callers|POST \/v1\/logins) 20\d$/
/** Bodies that name the user token, as a signed header does; its secret is not in them. */
const NAMES_TOKEN = /^POST .*\/sign 200$/

/** Spellings of this length and more are found by their first letters: there are thousands of both, spellings and texts. */
const HEAD = 8

/** Watches a world from now on, by way of the fetch of this process. */
export function watch(world: World, known: Record<string, string>): Watch {
  /** Each way a secret may be spelt -> what it is. */
  const secrets = new Map<string, string>()
  /** The first letters of spellings -> the spellings. */
  const heads = new Map<string, Set<string>>()
  /** Those that are too short for that, or a number. */
  const others = new Set<string>()
  const challenges = new Set<string>()
  /** What Perch answered, but for the bodies that are meant to carry a secret. */
  const answers: { where: string; text: string; meant?: string }[] = []
  const fetch = globalThis.fetch

  const learn = (what: string, secret: unknown): void => {
    if (typeof secret !== 'string' || secret.length < 2) return
    for (const spelling of [secret, encodeURIComponent(secret), btoa(secret)]) {
      secrets.set(spelling, what)
      const head = spelling.slice(0, HEAD)
      if (head.length < HEAD || /^\d+$/.test(spelling)) others.add(spelling)
      else heads.set(head, (heads.get(head) ?? new Set()).add(spelling))
    }
  }
  for (const [secret, what] of Object.entries(known)) learn(what, secret)

  async function fromPerch(method: string, url: URL, response: Response): Promise<void> {
    const where = `${method} ${url.pathname} ${response.status}`
    for (const line of response.headers.getSetCookie())
      learn('cookie value', /=([^;]*)/.exec(line)?.[1])
    const headers = [...response.headers].filter(([name]) => name !== 'set-cookie')
    const body = await response.text()
    const meant = HANDS_OUT.test(where)
    if (meant && body.startsWith('{')) {
      const given = JSON.parse(body)
      learn(url.pathname === '/v1/app/token' ? 'bearer' : 'access token', given.access_token)
      learn('caller key', given.key?.slice(-49))
      if (given.login_url) learn('ticket', new URL(given.login_url).searchParams.get('ticket'))
    }
    const text = `${JSON.stringify(headers)}\n${meant ? '' : body}`
    answers.push({ where, text, ...(NAMES_TOKEN.test(where) ? { meant: 'user token' } : {}) })
  }

  async function fromX(url: URL, response: Response): Promise<void> {
    const to = new URL(response.headers.get('location') ?? url).searchParams
    learn('code', to.get('code'))
    learn('verifier', to.get('oauth_verifier'))
    challenges.add(url.searchParams.get('code_challenge') ?? '')
    const page = url.pathname.startsWith('/oauth/') ? await response.clone().text() : ''
    learn('PIN', /<code id="pin">(\d+)</.exec(page)?.[1])
    if (url.pathname === '/_emulator/tokens')
      learnGrant({ kind: 'oauth1', ...JSON.parse(await response.text()) })
    if (url.pathname === '/_emulator/state')
      for (const grant of JSON.parse(await response.text()).grants) learnGrant(grant)
  }

  function learnGrant(grant: Grant): void {
    const token = { oauth1: 'user token', app: 'bearer' }[grant.kind] ?? 'access token'
    learn(token, grant.access_token)
    learn('token secret', grant.access_token_secret)
    learn('refresh token', grant.refresh_token)
  }

  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const response = await fetch(input, init)
    const url = new URL(input instanceof Request ? input.url : input)
    const copy = response.clone()
    if (url.origin === world.perch) await fromPerch(init?.method ?? 'GET', url, copy)
    if (url.origin === world.x) await fromX(url, copy)
    return response
  })

  /** Verifiers are known by what their hash is: the challenge that stood in the address of X. */
  const hasVerifier = (text: string): boolean =>
    [...text.matchAll(/(?<![\w-])[\w-]{43}(?![\w-])/g)].some(([word]) =>
      challenges.has(createHash('sha256').update(word).digest('base64url')),
    )

  /** A PIN is so short that it may stand in a longer number by chance. */
  const holds = (text: string, secret: string): boolean =>
    /^\d+$/.test(secret) ? new RegExp(`(?<!\\d)${secret}(?!\\d)`).test(text) : text.includes(secret)

  /** The spellings in a text. */
  const spelt = (text: string): Set<string> => {
    const found = new Set([...others].filter((secret) => holds(text, secret)))
    for (let at = 0; at + HEAD <= text.length; at++)
      for (const spelling of heads.get(text.slice(at, at + HEAD)) ?? [])
        if (text.startsWith(spelling, at)) found.add(spelling)
    return found
  }

  const looked = { answers: 0, logs: 0 }

  return {
    kinds: () => new Set(secrets.values()),
    leaks: (at) => {
      const logs = world.logs().map((text) => ({ where: `log ${text}`, text, meant: undefined }))
      const from = at === 'all' ? { answers: 0, logs: 0 } : { ...looked }
      const texts = [...answers.slice(from.answers), ...logs.slice(from.logs)]
      Object.assign(looked, { answers: answers.length, logs: logs.length })
      const found = texts.flatMap(({ where, text, meant }) => {
        const seen = [...spelt(text)]
          .map((spelling) => secrets.get(spelling))
          .filter((what) => what !== meant)
        if (hasVerifier(text)) seen.push('code verifier')
        return seen.map((what) => `${what} in ${where}`)
      })
      return [...new Set(found)]
    },
  }
}

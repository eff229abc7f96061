/** Perch beside SDKs of others, unmodified, as a program uses them: they call X by its leases and signatures, without a secret of the app. */
import { describe, expect, it } from 'vitest'
import { useClients } from './play.ts'
import { usePerch } from './with-perch/use.ts'

const x = useClients('with-perch')
const perch = usePerch(x)

/** The calls of X's API since the login, as X answered them. */
async function calls(): Promise<string[]> {
  const all = await x.calls()
  const login = all.findIndex(({ outcome }) => outcome === 'issued' || outcome === 'access_token')
  return all
    .slice(login + 1)
    .map(({ method, path, auth, status }) => [method, path, auth, status].filter(Boolean).join(' '))
}

/** Perch itself asks X this when somebody logs in. */
const WHO_LOGGED_IN = 'GET /2/users/me 200'
const ENDED_AT_X = 'POST /2/oauth2/revoke basic 200'
const REFRESHED = 'POST /2/oauth2/token basic 200'

describe('leases', () => {
  it('twitter-api-v2: X ends its token, and it goes on with the next one', async () => {
    const env = await perch.connect('oauth2', 'tokens')
    expect(await x.play('twitter-api-v2', env)).toEqual({
      me: 'alice',
      posted: 'Hello with a leased token',
      refused: 401,
      newer: true,
      after: 'alice',
    })
    expect(await calls()).toEqual([
      WHO_LOGGED_IN,
      'GET /2/users/me 200',
      'POST /2/tweets 201',
      ENDED_AT_X,
      'GET /2/users/me 401',
      REFRESHED,
      'GET /2/users/me 200',
    ])
  })

  it('X’s XDK: one client for good, which X’s 401 does not stop', async () => {
    const env = await perch.connect('oauth2', 'tokens')
    expect(await x.play('xdk', env)).toEqual({ me: 'alice', posted: 'Hello with leased tokens' })
    expect(await calls()).toEqual([
      WHO_LOGGED_IN,
      'GET /2/users/me 200',
      ENDED_AT_X,
      'POST /2/tweets 401',
      REFRESHED,
      'POST /2/tweets 201',
    ])
  })

  it('X’s twitter-api-sdk: one client for good', async () => {
    const env = await perch.connect('oauth2', 'tokens')
    expect(await x.play('twitter-api-sdk', env)).toEqual({
      me: 'alice',
      posted: 'Hello with leased tokens',
    })
  })
})

describe('signatures', () => {
  it('twitter-api-v2: queries, JSON, forms and an upload in parts', async () => {
    const env = await perch.connect('oauth1', 'sign')
    expect(await x.play('twitter-api-v2-signed', env)).toEqual({
      me: 'alice',
      fields: ['id', 'name', 'username', 'verified', 'profile_image_url'],
      posted: "It's *signed* & posted ☃",
      found: 1,
      verified: 'alice',
      form: "It's a *form* + more & ☃",
      uploaded: true,
    })
    expect(await calls()).toEqual([
      'GET /2/users/me oauth1 200',
      'POST /2/tweets oauth1 201',
      'GET /2/tweets/search/recent oauth1 200',
      'GET /1.1/account/verify_credentials.json oauth1 200',
      'POST /1.1/statuses/update.json oauth1 200',
      'POST /1.1/media/upload.json oauth1 202',
      'POST /1.1/media/upload.json oauth1 202',
      'POST /1.1/media/upload.json oauth1 200',
    ])
  })

  it('X’s XDK: a query and JSON', async () => {
    const env = await perch.connect('oauth1', 'sign')
    expect(await x.play('xdk-signed', env)).toEqual({ me: 'alice', posted: 'Hello, signed' })
    expect(await calls()).toEqual(['GET /2/users/me oauth1 200', 'POST /2/tweets oauth1 201'])
  })
})

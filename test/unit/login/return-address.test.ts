/** Where a login may return, why not, and how its result gets into the address. */
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { demandReturnAddress, withResult } from '../../../src/login/return-address'
import { readReturnTo } from '../../../src/setting-values'

const APP = 'https://app.example.com'
const LISTED = `${APP} http://localhost:3000 http://127.0.0.1 http://[::1] http://app.localhost, myapp://callback com.example.app:/done`

/** What is said of an address; undefined: a login may return there. */
function refusal(returnTo: string, setting = LISTED): string | undefined {
  try {
    demandReturnAddress(returnTo, readReturnTo(setting).value)
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expect(error.data.code).toBe('return_to_refused')
    return error.data.detail
  }
}

describe('a login may return', () => {
  it.each([
    APP,
    `${APP}/in?next=%2Fa`,
    'HTTPS://APP.EXAMPLE.COM:443/in',
    ' https:\\\\app.exam\nple.com\\in',
    'http://localhost:3000/in',
    'http://127.0.0.1:49152/in',
    'http://127.0.0.1/in',
    'http://[::1]:49152/in',
    'http://app.localhost:3000/in',
    'myapp://callback',
    'myapp://callback?csrf=1',
    'MyApp://callback?csrf=1',
    'com.example.app:/done?csrf=1',
  ])('to %s', (address) => {
    expect(refusal(address)).toBeUndefined()
  })
})

describe('a login may not return, and each cause has its own words:', () => {
  it.each([
    ['is empty', ''],
    ['longer than 2048', `${APP}/${'x'.repeat(2048)}`],
    ['not a whole address', '/in'],
    ['not a whole address', 'app.example.com'],
    ['not a whole address', 'null'],
    ['not a whole address', 'https://'],
    ['a fragment', `${APP}/#/after`],
    ['a fragment', `${APP}/#`],
    ['a fragment', 'myapp://callback#x'],
    ['a user name', 'https://user@app.example.com/'],
    ['a user name', 'https://:pass@app.example.com/'],
    ['a user name', 'https://app.example.com@evil.example/'],
    ['a user name', 'myapp://user@callback'],
    ['a scheme that no', `blob:${APP}/in`],
    ['a scheme that no', 'javascript:alert(1)'],
    ['a scheme that no', ' java\nscript://app.example.com/%0aalert(1)'],
    ['a scheme that no', 'data:text/html,hi'],
    ['a scheme that no', 'file://app.example.com/in'],
    ['a scheme that no', 'wss://app.example.com/in'],
    ['plain http', 'http://app.example.com/'],
    ['on localhost', 'http://localhost:3001/'],
    ['on localhost', 'http://localhost/'],
    ['on localhost', 'http://127.0.0.2:3000/'],
    ['an origin (scheme', 'https://127.0.0.1:3000/'],
    ['an origin (scheme', 'https://evil.example'],
    ['an origin (scheme', `${APP}:8443/`],
    ['an origin (scheme', 'https://app.example.com.evil.example/'],
    ['an origin (scheme', 'https://*.example.com'],
    ['an app’s own', 'myapp://callback/x'],
    ['an app’s own', 'myapp://callbacks'],
    ['an app’s own', 'myapp:callback'],
    ['an app’s own', 'otherapp://callback'],
  ])('%s: %s', (words, address) => {
    expect(refusal(address)).toContain(words)
  })

  it('anywhere, where nothing is listed', () => {
    for (const address of [APP, 'http://localhost/', 'myapp://callback'])
      expect(refusal(address, '')).toContain('does not list')
  })

  it('and none of them repeats what was sent', () => {
    for (const [before, after] of [
      ['https://a:', '@app.example.com'],
      ['https://evil.example/', ''],
      ['', '#'],
      ['otherapp://', ''],
    ])
      expect(refusal(`${before}a-secret${after}`)).not.toContain('a-secret')
  })
})

describe('the result stands at the end of the query, and the rest stays as it was', () => {
  it.each([
    [APP, `${APP}/?login=i.p`],
    [`${APP}/in`, `${APP}/in?login=i.p`],
    [`${APP}/in?`, `${APP}/in?login=i.p`],
    [`${APP}/in?a=b+c&d=%20%7e&e=~*'"&f&&g=`, `${APP}/in?a=b+c&d=%20%7e&e=~*'"&f&&g=&login=i.p`],
    [`${APP}/in?u=https://b.example/?x`, `${APP}/in?u=https://b.example/?x&login=i.p`],
    [`${APP}/in?login=old&next=%2Fa`, `${APP}/in?next=%2Fa&login=i.p`],
    [`${APP}/in?a=1&log%69n=old&login&xlogin=2`, `${APP}/in?a=1&xlogin=2&login=i.p`],
    [`${APP}/in?login=old`, `${APP}/in?login=i.p`],
    [`${APP}/é?x=é`, `${APP}/%C3%A9?x=%C3%A9&login=i.p`],
    ['https:\\\\app.exam\nple.com\\in?x', `${APP}/in?x&login=i.p`],
    ['http://localhost:3000', 'http://localhost:3000/?login=i.p'],
    ['myapp://callback', 'myapp://callback?login=i.p'],
    ['myapp://callback?csrf=a+b', 'myapp://callback?csrf=a+b&login=i.p'],
    ['com.example.app:/done', 'com.example.app:/done?login=i.p'],
  ])('%s', (returnTo, expected) => {
    expect(withResult(returnTo, 'i.p')).toBe(expected)
    expect(new URL(expected).searchParams.getAll('login')).toEqual(['i.p'])
  })
})

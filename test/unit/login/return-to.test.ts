/** Which addresses a caller's prefixes cover, and what can be a prefix. */
import { describe, expect, it } from 'vitest'
import { isCovered, returnPrefixProblem } from '../../../src/login/return-to'

const APP = 'https://app.example.com'

describe('an address is covered', () => {
  it.each([
    ['by its origin', APP, `${APP}/after?csrf=1`],
    ['by its origin, without a path of its own', APP, APP],
    ['by itself', `${APP}/after`, `${APP}/after`],
    ['with a query', `${APP}/after`, `${APP}/after?csrf=1`],
    ['with a path below', `${APP}/after`, `${APP}/after/x/y?csrf=1`],
    ['with a slash at the end', `${APP}/after`, `${APP}/after/`],
    ['below a slash', `${APP}/after/`, `${APP}/after/x`],
    ['when its host is written in another case', APP, 'https://APP.Example.COM/after'],
    ['when the prefix’s host is', 'https://APP.Example.COM', `${APP}/after`],
    ['when the default port is written out', APP, 'https://app.example.com:443/after'],
    ['when the prefix’s is', 'https://app.example.com:443', `${APP}/after`],
    ['when dots lead back below it', `${APP}/after`, `${APP}/other/../after`],
    ['when the prefix’s dots do', `${APP}/x/../after`, `${APP}/after`],
    ['written as browsers forgive it', APP, 'https:\\\\app.exam\nple.com\\after'],
    ['with another script’s name', 'https://bücher.example', 'https://xn--bcher-kva.example/'],
    ['with an escaped slash below it', `${APP}/after`, `${APP}/after/a%2Fb`],
    ['on loopback, by its port', 'http://localhost:3000', 'http://localhost:3000/after'],
    ['on loopback, by any port', 'http://localhost/after', 'http://localhost:49152/after/x'],
    ['on IPv6 loopback, by any port', 'http://[::1]', 'http://[::1]:49152/'],
    ['of an app', 'myapp://callback', 'myapp://callback?csrf=1'],
    ['of an app, below', 'myapp://callback', 'myapp://callback/x'],
    ['of an app without a host', 'com.example.app:/callback', 'com.example.app:/callback?csrf=1'],
  ])('%s', (_, prefix, returnTo) => {
    expect(isCovered(returnTo, [prefix])).toBe(true)
  })

  it('by any of the prefixes', () => {
    expect(isCovered(`${APP}/b`, [`${APP}/a`, `${APP}/b`])).toBe(true)
  })
})

describe('an address is not covered', () => {
  it.each([
    ['by a longer host', APP, 'https://app.example.com.evil.com/'],
    ['by a longer host without a slash', APP, 'https://app.example.comevil.com/'],
    ['by a host below', APP, 'https://x.app.example.com/'],
    ['by another host', APP, 'https://evil.com/app.example.com'],
    ['by a user named like it', APP, 'https://app.example.com@evil.com/'],
    ['with a user', APP, 'https://user@app.example.com/'],
    ['with a password', APP, 'https://:pass@app.example.com/'],
    ['by another scheme', APP, 'http://app.example.com/'],
    ['by another port', APP, 'https://app.example.com:8443/'],
    ['by another port on loopback', 'http://localhost:3000', 'http://localhost:3001/'],
    ['by any port where one is written', 'http://localhost:80', 'http://localhost:3000/'],
    ['by any port off loopback', APP, 'https://app.example.com:3000/'],
    ['by any port over https', 'https://localhost', 'https://localhost:3000/'],
    ['by another name of any port', 'http://localhost', 'http://127.0.0.1:3000/'],
    ['by another name of loopback', 'http://localhost:3000', 'http://127.0.0.1:3000/'],
    ['by a blob of it', APP, `blob:${APP}/after`],
    ['by a longer word', `${APP}/after`, `${APP}/afterwards`],
    ['by a word with a dot', `${APP}/after`, `${APP}/after.html`],
    ['by another case of the path', `${APP}/after`, `${APP}/After`],
    ['by the path above', `${APP}/after`, `${APP}/`],
    ['by the path without the prefix’s slash', `${APP}/after/`, `${APP}/after`],
    ['by a query that holds it', `${APP}/after`, `${APP}/?x=/after`],
    ['by an empty segment before it', `${APP}/after`, `${APP}//after`],
    ['by dots that lead out', `${APP}/after`, `${APP}/after/../other`],
    ['by escaped dots that lead out', `${APP}/after`, `${APP}/after/%2e%2E/other`],
    ['by half escaped dots', `${APP}/after`, `${APP}/after/.%2e/other`],
    ['by a backslash that leads out', `${APP}/after`, `${APP}/after\\..\\other`],
    ['by an escaped slash that leads out', `${APP}/after`, `${APP}/after/..%2fother`],
    ['by an escaped backslash that leads out', `${APP}/after`, `${APP}/after/..%5Cother`],
    ['by all of it escaped', `${APP}/after`, `${APP}/after/%2e%2e%2fother`],
    ['by dots with a parameter', `${APP}/after`, `${APP}/after/..;/other`],
    ['by dots with a parameter and a value', `${APP}/after`, `${APP}/after/..;x=1/other`],
    ['by a slash that is escaped twice', `${APP}/after`, `${APP}/after/..%252fother`],
    ['by dots that are escaped thrice', `${APP}/after`, `${APP}/after/%25252e%25252e/other`],
    ['by a control between dots', `${APP}/after`, `${APP}/after/.%09./other`],
    ['by an escaped slash at its end', `${APP}/after`, `${APP}/after%2fx`],
    ['by an escaped question mark at its end', `${APP}/after`, `${APP}/after%3fx`],
    ['by an escaped letter', `${APP}/after`, `${APP}/%61fter`],
    ['by another host of an app', 'myapp://callback', 'myapp://callbacks'],
    ['by another app', 'myapp://callback', 'myapp2://callback'],
    ['by what is no address', APP, '/after'],
    ['by nothing', APP, ''],
  ])('%s', (_, prefix, returnTo) => {
    expect(isCovered(returnTo, [prefix])).toBe(false)
  })

  it('without prefixes', () => {
    expect(isCovered(`${APP}/after`, [])).toBe(false)
  })
})

describe('a prefix', () => {
  it.each([
    APP,
    `${APP}/`,
    `${APP}/after`,
    `${APP}:8443/after`,
    'HTTPS://app.example.com',
    'http://localhost:3000',
    'http://127.0.0.1/after',
    'http://[::1]:3000',
    'myapp://callback',
    'com.example.app:/callback',
  ])('can be %s', (text) => {
    expect(returnPrefixProblem(text)).toBeUndefined()
  })

  it.each([
    ['plain http', 'http://app.example.com', 'use https'],
    ['no scheme', 'app.example.com', 'whole address'],
    ['a path', '/after', 'whole address'],
    ['a host alone', '//app.example.com', 'whole address'],
    ['a user', 'https://user@app.example.com', 'user name'],
    ['a password', 'https://:pass@app.example.com', 'user name'],
    ['a query', `${APP}/after?x=1`, 'query'],
    ['an empty query', `${APP}/after?`, 'query'],
    ['a fragment', `${APP}/after#x`, 'fragment'],
    ['no host', 'https://', 'whole address'],
    ['a port that is none', 'https://app.example.com:99999', 'whole address'],
    ['a host with a gap', 'https://app. example.com', 'whole address'],
    ['a star', 'https://*.example.com', 'wildcard'],
    ['a line break', `${APP}/af\nter`, 'whole address'],
    ['a space at its end', `${APP} `, 'whole address'],
    ['a backslash', 'https:\\\\app.example.com', 'whole address'],
    ['a scheme alone', 'myapp:callback', 'whole address'],
    ['a blob', `blob:${APP}/x`, 'whole address'],
    ['a script', 'javascript://app.example.com/%0aalert(1)', 'own scheme'],
    ['data', 'data:/text', 'own scheme'],
    ['a file', 'file:///etc/passwd', 'own scheme'],
    ['a socket', 'wss://app.example.com', 'own scheme'],
    ['2,049 characters', `${APP}/${'x'.repeat(2049 - APP.length - 1)}`, '2048 characters'],
    ['nothing', '', 'whole address'],
  ])('cannot be %s, and says so', (_, text, cause) => {
    expect(returnPrefixProblem(text)).toContain(cause)
  })
})

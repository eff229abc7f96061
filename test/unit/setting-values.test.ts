/** What `RETURN_TO` may list, and what is said of the rest. */
import { describe, expect, it } from 'vitest'
import { originOr, readReturnTo } from '../../src/setting-values'

describe('RETURN_TO lists', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['HTTPS://App.Example.com:443/', 'https://app.example.com'],
    ['https://localhost:3000', 'https://localhost:3000'],
    ['https://localhost', 'https://localhost'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://localhost:80', 'http://localhost'],
    ['http://localhost', 'http://localhost:*'],
    ['http://localhost/', 'http://localhost:*'],
    ['http://[::1]', 'http://[::1]:*'],
    ['http://[::1]:80/', 'http://[::1]'],
    ['http://app.localhost:3000', 'http://app.localhost:3000'],
    ['myapp://callback', 'myapp://callback'],
    ['myapp:///callback', 'myapp:///callback'],
    ['com.example.app:/done', 'com.example.app:/done'],
  ])('%s', (text, value) => {
    expect(readReturnTo(text)).toEqual({ value: [value], wrong: undefined })
  })

  it('nothing', () => {
    expect(readReturnTo('')).toEqual({ value: [], wrong: undefined })
  })
})

describe('RETURN_TO refuses, without repeating it,', () => {
  it.each([
    ['https://*.example.com', 'has a wildcard'],
    ['http://localhost:*', 'has a wildcard'],
    ['*', 'has a wildcard'],
    ['myapp://*', 'has a wildcard'],
    ['app.example.com', 'is not an address'],
    ['https://user@app.example.com', 'has a user name'],
    ['myapp://user@callback', 'has a user name'],
    ['http://app.example.com', 'is plain http'],
    ['https://app.example.com/in', 'has a path'],
    ['http://localhost/in', 'has a path'],
    ['javascript://app.example.com', 'no app’s own'],
    ['blob:https://app.example.com', 'no app’s own'],
    ['ws://app.example.com', 'no app’s own'],
    ['myapp:callback', 'not a whole address'],
    ['myapp://', 'not a whole address'],
    ['myapp://callback?x', 'not a whole address'],
    ['myapp://callback#x', 'not a whole address'],
  ])('%s', (text, cause) => {
    const { value, wrong } = readReturnTo(`https://app.example.com ${text}`)
    expect(value).toEqual(['https://app.example.com'])
    expect(wrong).toMatch(/^Address 2 /)
    expect(wrong).toContain(cause)
    expect(wrong).not.toContain(text)
  })
})

it('an origin with a wildcard is none', () => {
  expect(originOr('', 'https://*.example.com')).toEqual({ value: '', wrong: '' })
})

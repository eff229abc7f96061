/** Which addresses are our own, who may ask in plain http, and when a tunnel stands before us. */
import { describe, expect, it } from 'vitest'
import { isAnswered, isSentTo, ownOrigin } from '../../../src/routes/own-address'

const PUBLIC = 'https://perch.example.com'
const config = (publicOrigin: string | undefined, ...devHttpHosts: string[]) => ({
  publicOrigin,
  devHttpHosts,
})

describe('plain http', () => {
  it.each([
    ['https://anything.example/', [], true],
    ['http://localhost:8787/', [], true],
    ['http://perch.localhost:8787/', [], true],
    ['http://127.0.0.1:8787/', [], true],
    ['http://[::1]:8787/', [], true],
    ['http://host.docker.internal:8787/', [], false],
    ['http://host.docker.internal:8787/', ['host.docker.internal'], true],
    ['http://host.docker.internal:8787/', ['host.docker.internal:8787'], true],
    ['http://host.docker.internal:8788/', ['host.docker.internal:8787'], false],
    ['http://x.host.docker.internal:8787/', ['host.docker.internal'], false],
    ['http://lan.example/', ['lan.example:80'], true],
    ['http://192.168.1.5:8787/', ['lan', '192.168.1.5'], true],
    ['http://[fd00::5]:8787/', ['[fd00::5]'], true],
    ['http://perch.example.com/', [], false],
    ['http://localhost.example.com/', [], false],
  ])('%s where development names %j is answered: %s', (url, hosts, expected) => {
    expect(isAnswered(new URL(url), config(PUBLIC, ...hosts))).toBe(expected)
  })
})

describe('the origin', () => {
  it.each([
    ['the setting', 'https://elsewhere.example/', PUBLIC, [], PUBLIC],
    ['the setting, on this machine too', 'http://localhost:8787/', PUBLIC, [], PUBLIC],
    ['this machine', 'http://localhost:8787/x', undefined, [], 'http://localhost:8787'],
    ['a named host', 'http://lan:8787/x', undefined, ['lan'], 'http://lan:8787'],
    ['nothing', 'https://evil.example/', undefined, ['lan'], undefined],
  ])('is told by %s', (_, url, publicOrigin, hosts, expected) => {
    expect(ownOrigin(new URL(url), config(publicOrigin, ...hosts))).toBe(expected)
  })
})

describe('a request', () => {
  it.each([
    ['over https', `${PUBLIC}/login`, [], true],
    ['by a proxy that speaks http to us', 'http://perch.example.com/', ['perch.example.com'], true],
    ['by one that names its port', 'http://perch.example.com:443/', ['perch.example.com'], true],
    ['over http, deployed', 'http://perch.example.com/login', [], false],
    ['to another port', 'http://perch.example.com:8787/', ['perch.example.com'], false],
    ['to another named host', 'http://lan:8787/', ['perch.example.com', 'lan'], false],
    ['to this machine', 'http://localhost:8787/', ['perch.example.com'], false],
  ])('%s was sent to the public origin: %s, named %j, %s', (_, url, hosts, expected) => {
    expect(isSentTo(PUBLIC, new URL(url), config(PUBLIC, ...hosts))).toBe(expected)
  })
})

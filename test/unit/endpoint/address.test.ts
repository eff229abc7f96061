/** Where events may be delivered to: never into a private network, to this machine, or to Perch itself. */
import { describe, expect, it } from 'vitest'
import { addressProblem } from '../../../src/endpoint/address'

const OWN = { publicOrigin: 'https://perch.example.com' }

describe('refused', () => {
  it.each([
    // no address that can be delivered to
    '',
    'hooks.example.com',
    '/hooks',
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'https://',
    // more than an address
    'https://user@hooks.example.com/',
    'https://user:password@hooks.example.com/',
    'https://:password@hooks.example.com/',
    'https://hooks.example.com/#part',
    'https://hooks.example.com/#',
    `https://hooks.example.com/${'x'.repeat(2000)}`,
    // Perch itself
    'https://perch.example.com/v1/accounts',
    'https://PERCH.example.com/',
    'https://perch.example.com./',
    'https://perch.example.com:8443/',
    // this machine
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://１２７.0.0.1/',
    // private networks
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://192.0.0.8/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://198.51.100.1/',
    'https://203.0.113.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://[100::1]/',
    'https://[2001:db8::1]/',
    'https://[3fff::1]/',
    'https://[2001::1]/',
    'https://[2002:7f00:1::]/',
    'https://[2002:0a00:0001::1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[64:ff9b::8.8.8.8]/',
    'https://[64:ff9b:1::1]/',
    'https://[::ffff:8.8.8.8]/',
    // names that lead nowhere in public
    'https://intranet/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://metadata.google.internal./',
    'https://nas.home.arpa/',
    'https://abc.onion/',
    'https://a.LOCAL./',
    'https://local/',
  ])('%s', (url) => {
    expect(addressProblem(url, OWN)).toBeTypeOf('string')
  })

  // A deployment without PUBLIC_ORIGIN took itself for a machine in development.
  it('loopback, where Perch is asked from elsewhere', () => {
    const own = { publicOrigin: undefined, asked: 'https://perch.account.workers.dev/v1/endpoints' }
    expect(addressProblem('http://127.0.0.1:8000/', own)).toBe('https is expected')
    const here = { ...own, asked: 'http://localhost:8787/v1/endpoints' }
    expect(addressProblem('http://127.0.0.1:8000/', here)).toBeUndefined()
  })

  it('the host that Perch is asked by, though it is not its public one', () => {
    const own = { ...OWN, asked: 'https://perch.account.workers.dev/v1/endpoints' }
    for (const host of ['perch.account.workers.dev', '0a1b2c3d-perch.account.workers.dev'])
      expect(addressProblem(`https://${host}/`, own)).toMatch(/Perch/)
    expect(addressProblem('https://perch.another.workers.dev/', own)).toBeUndefined()
  })

  it('plain http and this machine, where Perch has a public origin', () => {
    expect(addressProblem('http://localhost:3000/', OWN)).toBeTypeOf('string')
  })
})

describe('taken', () => {
  it.each([
    'https://hooks.example.com/perch?token=1',
    'https://hooks.example.com:8443/',
    'https://8.8.8.8/',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
    'https://[2606:4700::1111]/',
    'https://bücher.example/',
    'https://localhost.example.com/',
    'https://perch.example.com.example.org/',
    'https://10.example.com/',
  ])('%s', (url) => {
    expect(addressProblem(url, OWN)).toBeUndefined()
  })

  it.each([undefined, 'http://localhost:8787', 'http://127.0.0.1:8787'])(
    'this machine in plain http, where Perch itself is on it: %s',
    (publicOrigin) => {
      for (const url of ['http://127.0.0.1:3000/', 'http://localhost:3000/x', 'http://[::1]:3000/'])
        expect(addressProblem(url, { publicOrigin })).toBeUndefined()
      // Nothing else is opened by that.
      for (const url of ['http://hooks.example.com/', 'https://10.0.0.1/', 'http://192.168.0.1/'])
        expect(addressProblem(url, { publicOrigin })).toBeTypeOf('string')
    },
  )
})

/** One visitor is one key of the rate limit, however the address is written. */
import { describe, expect, it } from 'vitest'
import { network, siteOf } from '../../../src/routes/network'

describe('one visitor', () => {
  it.each<[string, string[]]>([
    ['192.0.2.1', ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:192.0.2.1']],
    [
      '2001:db8:0:0',
      [
        '2001:db8::1',
        '2001:db8::',
        '2001:db8::ffff:1:2:3',
        '2001:db8:0:0:1::',
        '2001:0DB8:0000:0000:0000:0000:0000:0001',
        '2001:db8::192.0.2.1',
      ],
    ],
    ['2001:db8:0:1', ['2001:db8:0:1::', '2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::2']],
    ['2001:db8:1:2', ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', '2001:db8:1:2::6']],
    ['0:0:0:0', ['::1', '::', '::2:3']],
    ['fe80:0:0:0', ['fe80::1', 'fe80:0:0:0:1:2:3:4']],
    ['1:0:0:4', ['1::4:5:6:7:8', '1:0:0:4::']],
    ['unknown', ['unknown']],
    ['no:address', ['no:address']],
    ['fe80::1%eth0', ['fe80::1%eth0']],
  ])('%s', (key, addresses) => {
    for (const address of addresses) expect(network(address), address).toBe(key)
  })
})

it.each([
  ['192.0.2.1', undefined],
  ['::ffff:192.0.2.1', undefined],
  ['2001:db8::1', '2001:db8:0'],
  ['2001:db8:0:ffff::1', '2001:db8:0'],
  ['2001:db8:1::1', '2001:db8:1'],
  ['unknown', undefined],
  ['no:address', undefined],
])('the site of %s is %s', (address, site) => {
  expect(siteOf(network(address))).toBe(site)
})

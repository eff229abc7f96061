import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newKey, parseKey } from '../../../src/caller/key'
import { hash } from '../../../src/crypto/hash'
import { randomBase62, randomText } from '../../../src/crypto/random'

it('a key parses back into its parts', async () => {
  const { id, secret, text } = await newKey()
  expect(text.reveal()).toMatch(/^perch_[0-9a-f]{16}_[A-Za-z0-9]{49}$/)
  expect(await parseKey(text.reveal())).toMatchObject({ id })
  expect((await parseKey(text.reveal()))?.secret.reveal()).toBe(secret.reveal())
})

// As the former build made them: base64url in secret and checksum.
it('a key of the former build parses, whatever is in it', async () => {
  for (let n = 0; n < 200; n++) {
    const secret = randomText()
    const sum = (await hash(`perch key 0123456789abcdef ${secret}`)).slice(0, 6)
    const parsed = await parseKey(`perch_0123456789abcdef_${secret}${sum}`)
    expect(parsed?.secret.reveal()).toBe(secret)
  }
})

it('a secret’s characters are all equally likely, and hold 256 bits', () => {
  expect(43 * Math.log2(62)).toBeGreaterThan(256)
  const counts = new Map<string, number>()
  const many = Array.from({ length: 62 }, () => randomBase62(10_000)).join('')
  for (const letter of many) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  expect(counts.size).toBe(62)
  // 10,000 of each are expected; the bias of a plain remainder would be a fifth more of the first eight.
  for (const times of counts.values()) expect(Math.abs(times - 10_000)).toBeLessThan(700)
  expect(randomBase62(43)).toMatch(/^[A-Za-z0-9]{43}$/)
})

it('one wrong character anywhere is noticed without a read', async () => {
  const text = (await newKey()).text.reveal()
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length - 1),
      fc.constantFrom(...'abcxyzABC019-_'),
      async (at, c) => {
        fc.pre(text[at] !== c)
        expect(await parseKey(text.slice(0, at) + c + text.slice(at + 1))).toBeUndefined()
      },
    ),
  )
})

it.each(['', 'perch_', 'perch_0123456789abcdef_', 'bearer', 'x'.repeat(100_000)])(
  'refuses what is no key (%#)',
  async (text) => {
    expect(await parseKey(text)).toBeUndefined()
  },
)

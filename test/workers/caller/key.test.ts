import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newKey, parseKey } from '../../../src/caller/key'

it('a key parses back into its parts', async () => {
  const { id, secret, text } = await newKey()
  expect(text.reveal()).toMatch(/^perch_[0-9a-f]{16}_[\w-]{49}$/)
  expect(await parseKey(text.reveal())).toMatchObject({ id })
  expect((await parseKey(text.reveal()))?.secret.reveal()).toBe(secret.reveal())
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

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64, toBase64url } from '../../../src/crypto/bytes'
import { hash, sameSecret } from '../../../src/crypto/hash'
import { keyringOf } from '../../../src/crypto/keyring'
import { keyIdOf, open, seal } from '../../../src/crypto/seal'
import { Failure } from '../../../src/failure'
import { Secret } from '../../../src/secret'

const key = (fill: number) => new Secret(toBase64url(new Uint8Array(32).fill(fill)))
const ring = (...fills: number[]) => keyringOf(fills.map(key))
const place = 'VAULT/account/1#oauth2.accessToken'

describe('seal and open', () => {
  it('give back any text, for its place alone', async () => {
    const keyring = await ring(1)
    const texts = fc.string({ unit: 'grapheme', maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(texts, fc.string(), fc.string(), async (text, here, there) => {
        const sealed = await seal(keyring, new Secret(text), here)
        expect((await open(keyring, sealed, here)).reveal()).toBe(text)
        if (here !== there)
          await expect(open(keyring, sealed, there)).rejects.toBeInstanceOf(Failure)
      }),
    )
  })

  it('any one changed character is found', async () => {
    const keyring = await ring(1)
    const sealed = await seal(keyring, new Secret('a token'), place)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sealed.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        async (at, c) => {
          fc.pre(sealed[at] !== c)
          const changed = sealed.slice(0, at) + c + sealed.slice(at + 1)
          // The last character of base64 may carry bits that do not count.
          fc.pre(canonical(changed) !== canonical(sealed))
          await expect(open(keyring, changed, place)).rejects.toBeInstanceOf(Failure)
        },
      ),
    )
  })

  it('never gives the same envelope twice', async () => {
    const keyring = await ring(1)
    const envelopes = await Promise.all(
      Array.from({ length: 200 }, () => seal(keyring, new Secret('same'), place)),
    )
    expect(new Set(envelopes).size).toBe(200)
  })

  it('with two keys, both open and the first one seals', async () => {
    const [old, both, swapped] = await Promise.all([ring(1), ring(2, 1), ring(1, 2)])
    const before = await seal(old, new Secret('t'), place)
    expect((await open(both, before, place)).reveal()).toBe('t')
    const after = await seal(both, new Secret('t'), place)
    expect(keyIdOf(after)).toBe(both.first)
    expect(keyIdOf(after)).not.toBe(keyIdOf(before))
    expect((await open(swapped, after, place)).reveal()).toBe('t')
  })

  it('says which key is missing, and nothing of the text', async () => {
    const sealed = await seal(await ring(1), new Secret('topsecret'), place)
    const failure = await open(await ring(2), sealed, place).catch((error: Failure) => error)
    expect(failure).toMatchObject({
      data: {
        code: 'sealed_unreadable',
        detail: `${place} was sealed with key ${keyIdOf(sealed)}, which is missing.`,
      },
    })
  })

  it.each(['', 'v1', 'v2.a.b.c', 'v1.a.b.c.d', 'v1..', '{"json":1}'])(
    'refuses %j',
    async (text) => {
      await expect(open(await ring(1), text, place)).rejects.toBeInstanceOf(Failure)
    },
  )
})

it('hash is SHA-256 in base64url (NIST: "abc")', async () => {
  expect(await hash('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})

it.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', '', true],
])('%j and %j are the same secret: %s', async (one, other, expected) => {
  expect(await sameSecret(one, other)).toBe(expected)
})

function canonical(sealed: string): string {
  try {
    return sealed
      .split('.')
      .map((part, at) => (at < 2 ? part : toBase64url(fromBase64(part))))
      .join('.')
  } catch {
    return `not base64: ${sealed}`
  }
}

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toBase64url } from '../../../src/crypto/bytes'
import { keyringOf } from '../../../src/crypto/keyring'
import { openPending, type PendingLogin, sealPending } from '../../../src/login/pending'
import { Secret } from '../../../src/secret'

const secret = fc.string({ unit: 'grapheme' }).map((text) => new Secret(text))
const pending: fc.Arbitrary<PendingLogin> = fc
  .record(
    {
      flow: fc.constant('oauth2' as const),
      state: secret,
      codeVerifier: secret,
      redirectUri: fc.webUrl(),
      scope: fc.string(),
      browserSecret: secret,
      ticket: secret,
      returnTo: fc.webUrl(),
      creator: fc.record({ id: fc.string(), accounts: fc.array(fc.string()) }),
      expiresAt: fc.nat(),
    },
    {
      requiredKeys: [
        'flow',
        'state',
        'codeVerifier',
        'redirectUri',
        'scope',
        'browserSecret',
        'expiresAt',
      ],
    },
  )
  .map((login) => login as PendingLogin)

const bare = (login: PendingLogin) =>
  Object.fromEntries(
    Object.entries(login).map(([k, value]) => [
      k,
      value instanceof Secret ? { secret: value.reveal() } : value,
    ]),
  )

it('a pending state comes back as it was, sealed for its own login', async () => {
  const keyring = await keyringOf([new Secret(toBase64url(new Uint8Array(32)))])
  await fc.assert(
    fc.asyncProperty(pending, async (login) => {
      const sealed = await sealPending(keyring, 'id', login)
      const opened = await openPending(keyring, 'id', sealed)
      expect(bare(opened)).toEqual(bare(login))
      await expect(openPending(keyring, 'another', sealed)).rejects.toThrow()
    }),
  )
})

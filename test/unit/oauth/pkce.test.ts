import { describe, expect, it } from 'vitest'
import { authorizationUrl, challengeOf, newProof } from '../../../src/oauth/pkce'
import vectors from '../../vectors/pkce.json'

describe.each(vectors)('$source: $note', ({ input, expected }) => {
  it('gives the challenge', async () => {
    expect(await challengeOf(input)).toBe(expected)
  })
})

it('proof is fresh and long enough', () => {
  const proofs = Array.from({ length: 100 }, newProof)
  for (const field of ['state', 'codeVerifier'] as const) {
    expect(new Set(proofs.map((proof) => proof[field])).size).toBe(100)
    expect(proofs[0]?.[field]).toMatch(/^[A-Za-z0-9_-]{43,128}$/)
  }
})

it('the address carries every parameter, spaces as %20', () => {
  const url = authorizationUrl('https://x.example/authorize', {
    clientId: 'client:1',
    redirectUri: 'https://p.example/callback',
    scope: 'a b',
    state: 's',
    codeChallenge: 'c',
  })
  expect(url).toContain('scope=a%20b')
  expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
    response_type: 'code',
    client_id: 'client:1',
    redirect_uri: 'https://p.example/callback',
    scope: 'a b',
    state: 's',
    code_challenge: 'c',
    code_challenge_method: 'S256',
  })
})

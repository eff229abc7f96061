import { expect, it } from 'vitest'
import { errorOf } from '../../src/log'

/** The message of an error may quote what was being read: a token, a row, a body. */
it('an unexpected error is logged by its class and place, never by its words', () => {
  const error = new SyntaxError('Unexpected token in "refresh_token":"a-secret-token"')
  const said = JSON.stringify(errorOf(error))
  expect(said).not.toContain('a-secret-token')
  expect(errorOf(error)).toEqual({
    error: 'SyntaxError',
    at: expect.stringMatching(/log\.test\.ts/),
  })
  expect(errorOf('a-secret-token')).toEqual({ error: 'string' })
})

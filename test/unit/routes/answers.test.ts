import { describe, expect, it } from 'vitest'
import { prefersText } from '../../../src/routes/answers'

describe('a text is wanted rather than JSON', () => {
  it.each([
    ['text/plain'],
    ['text/plain, application/json'],
    ['Text/Plain; charset=utf-8'],
    ['text/*'],
    ['application/json;q=0.5, text/plain'],
    ['text/html, text/plain;q=0.9, */*;q=0.8'],
    ['application/json;q=0, text/plain;q=0.1'],
  ])('by %s', (accept) => expect(prefersText(accept)).toBe(true))

  it.each([
    [''],
    ['*/*'],
    ['application/json'],
    // What axios sends.
    ['application/json, text/plain, */*'],
    ['text/plain;q=0, application/json;q=0.1'],
    ['text/plain;q=0.5, application/json'],
    ['text/plain;q=0.5, */*'],
    ['text/plain;q=x'],
    ['text/html'],
    [';;,,=q'],
  ])('not by %s', (accept) => expect(prefersText(accept)).toBe(false))
})

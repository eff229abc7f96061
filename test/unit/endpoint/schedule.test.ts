/** When a delivery that failed is tried again. */
import { describe, expect, it } from 'vitest'
import { nextTryAtMs, waitAsked } from '../../../src/endpoint/schedule'

const NOW = Date.parse('2026-11-29T12:00:00Z')
const after = (tries: number, random = 0.5, wait?: number) =>
  (nextTryAtMs(tries, NOW, random, wait) - NOW) / 1000

it.each([
  [1, 5],
  [2, 300],
  [3, 1800],
  [4, 7200],
  [5, 5 * 3600],
  [6, 10 * 3600],
  [7, 14 * 3600],
  [8, 20 * 3600],
  [9, 24 * 3600],
  [10, 24 * 3600],
  [500, 24 * 3600],
])('after %i tries: %i seconds, a fifth less or more', (tries, seconds) => {
  expect(after(tries)).toBe(seconds)
  expect(after(tries, 0)).toBeCloseTo(seconds * 0.8)
  expect(after(tries, 1)).toBeCloseTo(seconds * 1.2)
})

it('a receiver that asks for a longer wait gets it, and one that asks for a shorter one does not', () => {
  expect(after(1, 0.5, 60)).toBe(60)
  expect(after(4, 0.5, 60)).toBe(7200)
})

describe('Retry-After', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['0', undefined],
    ['1.5', undefined],
    ['60', 60],
    [' 60 ', 60],
    ['86400', 86_400],
    ['86401', 86_400],
    ['999999999999999', 86_400],
    ['9999999999999999999', undefined],
    ['Sun, 29 Nov 2026 12:01:00 GMT', 60],
    ['Sun, 29 Nov 2026 11:59:00 GMT', undefined],
    ['Sun, 29 Nov 2099 12:00:00 GMT', 86_400],
    ['Someday, 29 Nov GMT', undefined],
  ])('%s: %s seconds', (header, seconds) => {
    expect(waitAsked(header, NOW)).toBe(seconds)
  })
})

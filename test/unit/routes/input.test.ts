/** Parameters of a query, read by a route. */
import { Hono } from 'hono'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { readQuery } from '../../../src/routes/input'
import type { AppEnv } from '../../../src/routes/middleware'

const Query = v.strictObject({ one: v.optional(v.string()), two: v.optional(v.string()) })

/** What a route reads from this query, or why it refuses it. */
async function read(query: string): Promise<unknown> {
  const app = new Hono<AppEnv>()
    .get('/', (c) => c.json(readQuery(c, Query)))
    .onError((error, c) => c.json(error instanceof Failure ? error.data.detail : String(error)))
  return (await app.request(`/?${query}`)).json()
}

describe('a query', () => {
  it.each<[string, unknown]>([
    ['one=1&two=2', { one: '1', two: '2' }],
    ['', {}],
    ['one=', { one: '' }],
    ['one=1&one=1', 'one: it stands in the query more than once.'],
    ['one=1&two=2&%6Fne=3', 'one: it stands in the query more than once.'],
    ['three=3', 'three: unknown field.'],
    ['__proto__=3', '__proto__: unknown field.'],
    ['__proto__=3&__proto__=4', '__proto__: it stands in the query more than once.'],
    ['constructor=3', 'constructor: unknown field.'],
    ['toString=3', 'toString: unknown field.'],
    ['hasOwnProperty=3', 'hasOwnProperty: unknown field.'],
  ])('%s', async (query, expected) => {
    expect(await read(query)).toEqual(expected)
  })

  it('of thousands of parameters is looked at once, not once for each', async () => {
    const many = Array.from({ length: 40_000 }, (_, n) => `p${n}=1`).join('&')
    const began = performance.now()
    expect(await read(many)).toBe('p0: unknown field.')
    expect(performance.now() - began).toBeLessThan(1000)
  })
})

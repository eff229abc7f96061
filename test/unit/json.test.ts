import { expect, it } from 'vitest'
import { jsonObject, parsedJson } from '../../src/json'

it.each([
  ['{"a":1}', { a: 1 }],
  ['[1]', [1]],
  ['null', null],
  ['"text"', 'text'],
  ['', undefined],
  ['{"a":', undefined],
  ['<html>', undefined],
])('%j is read as %j', (text, value) => {
  expect(parsedJson(text)).toEqual(value)
})

it.each(['[]', 'null', '1', '"text"', '', '{'])('%j holds no fields', (text) => {
  expect(jsonObject(text)).toBeUndefined()
})

it('an object holds its fields', () => {
  expect(jsonObject(' {"error":"invalid_request"}\n')).toEqual({ error: 'invalid_request' })
})

/** A secret that is wrapped does not come out by accident. */
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { Secret } from '../../src/secret'

const secret = new Secret('hidden-text')

it.each<[string, () => string]>([
  ['JSON', () => JSON.stringify({ secret, list: [secret] })],
  ['a template', () => `${secret}`],
  ['String', () => String(secret)],
  ['a concatenation', () => `a ${[secret, secret].join()}`],
  ['what a console prints', () => inspect({ secret }, { depth: 9, showHidden: true })],
  ['a spread copy', () => JSON.stringify({ ...secret })],
  [
    'its fields',
    () => JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret)]),
  ],
  ['an error about it', () => String(new Error(`no: ${secret}`))],
  ['a structured clone', () => JSON.stringify(structuredClone({ ...secret }))],
])('not by %s', (_, printed) => {
  expect(printed()).not.toContain('hidden')
})

it('only when it is asked to', () => {
  expect(secret.reveal()).toBe('hidden-text')
  expect(secret.length).toBe(11)
})

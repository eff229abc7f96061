/** docs/events.md and the catalogue that it is made of. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { eventsPage } from '../../scripts/events'
import { CATALOGUE } from '../../src/events/catalogue'
import { EVENT_TYPES } from '../../src/events/event'

it('docs/events.md is what `npm run events` prints', () => {
  expect(readFileSync('docs/events.md', 'utf8')).toBe(eventsPage())
})

it('shows an event that is in no log without a number of the log', () => {
  const [, test = ''] = eventsPage().split('### endpoint.test')
  expect(test.split('```')[1]).not.toContain('"seq"')
})

it('the catalogue has every type, and no example is longer than an event may be', () => {
  const told = Object.keys(CATALOGUE).filter((type) => !type.startsWith('x.'))
  expect(told.toSorted()).toEqual([...EVENT_TYPES].toSorted())
  for (const described of Object.values(CATALOGUE))
    expect(JSON.stringify(described.data).length).toBeLessThan(2000)
})

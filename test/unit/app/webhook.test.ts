/** What the app's object remembers of our webhook, when a sweep looks at it, and what others are told. */
import { describe, expect, it } from 'vitest'
import { appEventsOf } from '../../../src/app/events'
import { newState } from '../../../src/app/record'
import { type HeardOfWebhook, webhookDue, webhookHeard } from '../../../src/app/webhook'

const NOW = 1_800_000_000
const GOOD: HeardOfWebhook = { id: '1', url: 'https://perch.example.com/x/webhook', valid: true }
const BAD = { ...GOOD, valid: false }
const held = (heard: HeardOfWebhook, at = NOW) => webhookHeard(undefined, heard, at)
const stateWith = (heard: HeardOfWebhook, at = NOW) => ({ ...newState(), webhook: held(heard, at) })

it.each([
  ['at first', undefined, GOOD, NOW + 9],
  ['the same again', held(GOOD), GOOD, NOW],
  ['another word', held(GOOD), BAD, NOW + 9],
  ['another webhook', held({ ...GOOD, id: '2' }), GOOD, NOW + 9],
])('remembers since when it is so: %s', (_, before, heard, changedAt) => {
  expect(webhookHeard(before, heard, NOW + 9)).toEqual({ ...heard, checkedAt: NOW + 9, changedAt })
})

it('is due an hour after X was asked, and after it was looked at', () => {
  const state = stateWith(GOOD)
  expect(webhookDue(newState(), NOW)).toBe(undefined)
  expect(webhookDue(state, NOW + 3599)).toBe(undefined)
  const due = webhookDue(state, NOW + 3600)
  expect(due?.webhook).toEqual(state.webhook)
  // A look that came to nothing is not made again with each sweep.
  expect(webhookDue(due!.next, NOW + 7199)).toBe(undefined)
  expect(webhookDue(due!.next, NOW + 7200)).not.toBe(undefined)
})

describe('others are told', () => {
  it.each([
    ['that it is invalid', stateWith(GOOD), stateWith(BAD), ['app.webhook_invalid']],
    ['that it is valid again', stateWith(BAD), stateWith(GOOD), ['app.webhook_valid']],
    ['nothing where it is as it was', stateWith(BAD), stateWith(BAD, NOW + 1), []],
    ['nothing of a new one', newState(), stateWith(GOOD), []],
    ['nothing of one that takes the place', stateWith(GOOD), stateWith({ ...BAD, id: '2' }), []],
    ['nothing of one that the operator ended', stateWith(GOOD), newState(), []],
  ])('%s', (_, before, after, types) => {
    expect(appEventsOf(before, after).map(({ type }) => type)).toEqual(types)
  })
})

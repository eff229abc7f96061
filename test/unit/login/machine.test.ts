/** What one login does and says, each in one history of the model's world. */
import { expect, it } from 'vitest'
import { LoginMachine } from '../../../src/login/machine'
import { type Kind, World } from './model-world'
import type { ExchangeFate } from './model-x'

const KIND: Kind = {
  allowed: ['1001', '1002'],
  returnTo: false,
  identityOnly: false,
  loginApp: false,
  connected: [],
}

// The log said that X refused a code, and never in which words.
it.each<[ExchangeFate, object]>([
  ['answered', { outcome: 'granted', nonconformity: undefined }],
  ['odd', { outcome: 'declined', message: 'odd' }],
  ['429', { outcome: 'later', message: '429' }],
])('what X says of a code that it answers with %s is logged', async (fate, said) => {
  const world = new World(LoginMachine, KIND)
  await world.approve('1001', 'browser a')
  await world.decideExchange(0, fate)
  expect(world.lines).toContainEqual({ event: 'login_exchange', login: 'login', ...said })
})

// Whoever reloaded the page of a "no" had the record written once more each time.
it('the same no of the same browser is noted once, and another’s takes its place', async () => {
  const world = new World(LoginMachine, KIND)
  await world.deny('browser a', false)
  const noted = world.durable
  expect(noted?.result).toMatchObject({ stage: 'failed', proofHash: 'browser a' })
  await world.deny('browser a', false)
  expect(world.durable).toBe(noted)
  await world.deny('browser b', false)
  expect(world.durable?.result).toMatchObject({ stage: 'failed', proofHash: 'browser b' })
})

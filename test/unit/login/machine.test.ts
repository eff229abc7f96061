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

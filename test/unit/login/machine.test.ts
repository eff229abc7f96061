/** What one login does and says, each in one history of the model's world. */
import { expect, it } from 'vitest'
import { JOURNAL_DOUBT_SECONDS, REVOKE_GIVE_UP_SECONDS } from '../../../src/limits'
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

// X's bad moment was forgotten, or opened a login again that a person had ended.
it('X that cannot is noted of a login that is open, and of no other', async () => {
  const world = new World(LoginMachine, KIND)
  await world.deny('browser a', true)
  expect(world.durable?.result).toEqual({ stage: 'open', failure: { code: 'x_unreachable' } })
  await world.deny('browser a', false)
  await world.deny('browser a', true)
  expect(world.durable?.result).toMatchObject({ stage: 'failed' })
})

// A code that X had refused looked as if its answer were still to come.
it.each<[ExchangeFate, string]>([
  ['odd', 'spent'],
  ['429', 'unused'],
])('X’s no to a code, %s, is written down: it is %s', async (fate, stage) => {
  const world = new World(LoginMachine, KIND)
  await world.approve('1001', 'browser a')
  await world.decideExchange(0, fate)
  expect(world.durable?.answers).toMatchObject([{ outcome: { stage } }])
})

// The tokens of somebody who may not log in lived on at X after one bad moment of it.
it('a pair that nobody may have is given back to X until X takes it, or for long enough', async () => {
  const world = new World(LoginMachine, { ...KIND, allowed: ['1001'] })
  await world.approve('1002', 'browser a')
  await world.decideExchange(0, 'answered')
  // X says whose it is, and its account does not want it.
  for (const fate of ['ok', 'ok'] as const) await world.decide(0, fate)
  for (const [seconds, left] of [
    [700, 1],
    [REVOKE_GIVE_UP_SECONDS, 0],
  ] as const) {
    await world.tick(seconds)
    for (const fate of ['ok', 'lost_before'] as const) await world.decide(0, fate)
    expect(world.durable?.grants).toHaveLength(left)
  }
})

// At the very second at which it was free again it was put off to that same second, again and again.
it('a pair whose object died is presented again once no call of it can run any more, and not before', async () => {
  const world = new World(LoginMachine, KIND)
  await world.take('1001')
  await world.decide(0, 'ok')
  const begun = () => world.durable?.grants[0]?.renewal?.startedAt ?? 0
  const first = begun()
  expect(first).toBeGreaterThan(0)
  await world.crash(false)
  await world.tick(first + JOURNAL_DOUBT_SECONDS - 1 - Math.floor(world.now / 1000))
  expect(world.isWaitedFor).toBe(false)
  await world.tick(1)
  await world.decide(0, 'ok')
  expect(begun()).toBe(first + JOURNAL_DOUBT_SECONDS)
  expect(world.wrong).toEqual([])
})

/** What the app's object concludes from a probe. */
import { expect, it } from 'vitest'
import { Gate } from '../../../src/app/gate'
import { type AppState, newState } from '../../../src/app/record'
import type { Probed } from '../../../src/x/token'

/** Refusals of the app while a made-up token is answered like this. */
async function refusedWhile(answer: Probed): Promise<AppState> {
  let state = newState()
  const gate = new Gate({
    now: () => 1_800_000_000,
    random: () => 0.5,
    read: () => state,
    write: (next) => {
      state = next
    },
    probe: async () => answer,
    tellSuspects: async () => {},
    tryCanaries: async () => {},
    patience: (work) => work.then(() => undefined),
    log: () => {},
  })
  await gate.credentialsRefused('unauthorized_client')
  return state
}

// X unreachable, and one account's odd answer, halted everybody.
it('a refusal of the app halts all refreshes only where X refuses a made-up token as plainly', async () => {
  expect(await refusedWhile({ credentials: 'bad' } as Probed)).toHaveProperty('halt')
  for (const credentials of ['unknown', 'good'] as const)
    expect(await refusedWhile({ credentials, message: 'HTTP 504' } as Probed)).not.toHaveProperty(
      'halt',
    )
})

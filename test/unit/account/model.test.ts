/** Random histories of one account against a model of X: what must never happen, and what must in the end. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { AccountMachine } from '../../../src/account/machine'
import { BUDGET, TIMEOUT_MS } from './model-budget'
import { property } from './model-histories'

describe('whatever happens', () => {
  it(
    'no pair is lost, none is presented twice at once, nothing valid is withheld, and it ends well',
    async () => {
      await fc.assert(property(AccountMachine), BUDGET)
    },
    TIMEOUT_MS,
  )

  it(
    'the same where only what is used is kept warm; what is idle is found by the sweep in time, and by whoever asks',
    async () => {
      await fc.assert(property(AccountMachine, undefined, 'auto'), {
        ...BUDGET,
        numRuns: Math.ceil(BUDGET.numRuns / 2),
      })
    },
    TIMEOUT_MS,
  )
})

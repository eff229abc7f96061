/** A carrier on its way: when it calls X, what it says when it does not, and how long it offers the answer. */
import { describe, expect, it } from 'vitest'
import type { RefreshAnswer } from '../../../src/account/answer'
import {
  type CarryEffects,
  carry,
  type Errand,
  type Receipt,
  timeForCall,
} from '../../../src/account/carry'
import { Failure } from '../../../src/failure'
import { NOW } from './grants'

const errand: Errand = {
  account: '1001',
  refreshToken: 'v1.k.i.refresh',
  clientId: 'app',
  attempt: { id: 'a', generation: 7, startedAt: NOW },
}
const pair: RefreshAnswer = { rotation: { accessToken: 'v1.k.i.new', expiresAt: 1, dueAt: 1 } }

/** Carries, in a world where only waiting takes time. `offer` is what becomes of each delivery. */
async function carried(
  offer: (n: number) => Receipt | Error,
  fx: Partial<CarryEffects> = {},
  beganAfterMs = 0,
) {
  let nowMs = NOW * 1000 + beganAfterMs
  const timeouts: number[] = []
  const offered: { after: number; answer: RefreshAnswer }[] = []
  const events: string[] = []
  await carry(errand, {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
    },
    ready: async () => async (timeoutMs) => {
      timeouts.push(timeoutMs)
      return pair
    },
    deliver: async (_, answer) => {
      const receipt = offer(offered.length)
      offered.push({ after: nowMs - NOW * 1000, answer })
      if (typeof receipt !== 'string') throw receipt
      return receipt
    },
    log: ((event: string) => void events.push(event)) as CarryEffects['log'],
    ...fx,
  })
  return { timeouts, offered, events, answers: new Set(offered.map(({ answer }) => answer)) }
}

describe('timeForCall', () => {
  it.each([
    ['at once', 0, 90_000],
    ['a second late', 1000, 89_000],
    ['as late as it may', 25_000, 65_000],
    ['too late', 26_000, 0],
    ['when the doubt is over', 120_000, 0],
    ['by a clock that is behind', -5000, 90_000],
  ])('%s', (_, afterMs, expected) => {
    expect(timeForCall(NOW, NOW * 1000 + afterMs)).toBe(expected)
  })

  it('has each call over half a minute before anybody else presents the token', () => {
    for (let afterMs = 0; afterMs <= 26_000; afterMs += 500)
      expect(afterMs + timeForCall(NOW, NOW * 1000 + afterMs)).toBeLessThanOrEqual(90_000)
  })
})

describe('carry', () => {
  it('calls once, and offers the answer once where it is taken or not wanted', async () => {
    for (const receipt of ['taken', 'unwanted'] as const) {
      const { timeouts, offered } = await carried(() => receipt)
      expect(timeouts).toEqual([90_000])
      expect(offered).toEqual([{ after: 0, answer: pair }])
    }
  })

  it('offers it again, less and less often, to an object that is not reached or cannot store it', async () => {
    const { offered, answers, events } = await carried((n) =>
      n < 3 ? new Error('moved') : n < 6 ? 'in_memory' : 'taken',
    )
    expect(offered.map(({ after }) => after)).toEqual([0, 250, 750, 1750, 3750, 7750, 12_750])
    expect(answers.size).toBe(1)
    expect(events).toEqual(Array(3).fill('refresh_not_delivered'))
  })

  it('gives up once the doubt is over, and says so loudly', async () => {
    const { offered, events } = await carried(() => new Error('unreachable'))
    const last = offered.at(-1)?.after ?? 0
    expect(last).toBeGreaterThan(110_000)
    expect(last).toBeLessThan(120_000)
    expect(events.at(-1)).toBe('refresh_undelivered')
  })

  // A doubt would hold the token back for two minutes, and end the account if X refused it for another reason.
  it.each([
    [
      'a token that does not open',
      { ready: () => Promise.reject(new Failure('sealed_unreadable', 'It was moved.')) },
      0,
      'It was moved.',
    ],
    ['a carrier that begins too late', {}, 30_000, expect.stringMatching(/too slow/)],
  ])('%s is not sent, and said to be so', async (_, fx, afterMs, message) => {
    const { timeouts, offered } = await carried(() => 'taken', fx, afterMs)
    expect(timeouts).toEqual([])
    expect(offered).toMatchObject([{ answer: { kind: 'not_sent', message } }])
  })

  it('what fails after the token was sent is in doubt', async () => {
    const ready = async () => () => Promise.reject(new Error('could not seal'))
    const { offered } = await carried(() => 'taken', { ready })
    expect(offered).toMatchObject([{ answer: { kind: 'unknown' } }])
  })
})

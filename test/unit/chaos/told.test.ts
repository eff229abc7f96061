/** What chaos would find in what others were told: each story here has one thing wrong, and the judge has to say so. */
import { describe, expect, it } from 'vitest'
import type { Rested } from '../../chaos/outcome'
import type { ToldEvent } from '../../chaos/receiver'
import { untold } from '../../chaos/told'

const events = (...types: string[]): ToldEvent[] =>
  types.map((type, index) => ({
    id: `evt_${index + 1}`,
    seq: index + 1,
    type: type.includes('.') ? type : `account.${type}`,
    data: type.includes('.') ? {} : { account: { id: '1' } },
  }))
const works = { account: { id: '1' }, lease: {} } as unknown as Rested
const ended = { account: { id: '1' } } as unknown as Rested

const said = (log: ToldEvent[], rested: Rested, received = log, wrong: string[] = []): string =>
  untold({
    log,
    told: {
      taken: new Map(received.map((event) => [event.id, event])),
      again: 0,
      failed: 0,
      wrong,
    },
    rested: new Map([['1', rested]]),
  }).join(' ')

describe('is right', () => {
  it.each([
    ['a life', events('connected', 'login_required', 'recovered', 'degraded', 'recovered'), works],
    ['an end', events('endpoint.created', 'connected', 'degraded', 'login_required'), ended],
    [
      'another reason',
      events('connected', 'degraded', 'degraded', 'recovered').map((event) =>
        event.seq === 3 ? { ...event, data: { ...event.data, reason: 'oauth1_ended' } } : event,
      ),
      works,
    ],
    ['a loss of scopes', events('connected', 'scope_reduced', 'app.halted', 'app.resumed'), works],
  ])('%s', (_, log, rested) => expect(said(log, rested)).toBe(''))
})

describe('is found', () => {
  const good = events('connected', 'login_required', 'recovered')
  it.each<[string, RegExp, string]>([
    [
      'an event that nobody received',
      /3, account.recovered, never came/,
      said(good, works, good.slice(0, 2)),
    ],
    ['one that the log lacks', /is not in the log/, said(good.slice(0, 1), works, good)],
    ['a gap', /has 3 where 2/, said([good[0]!, good[2]!], works)],
    ['one twice', /twice/, said([...good, { ...good[2]!, seq: 4 }], works)],
    [
      'a login that was required twice',
      /told before/,
      said(events('connected', 'login_required', 'login_required'), ended),
    ],
    ['a recovery of what was well', /told before/, said(events('connected', 'recovered'), works)],
    ['an end that nobody was told of', /told that it is ok/, said(events('connected'), ended)],
    [
      'a recovery that nobody was told of',
      /told that it is login_required/,
      said(events('connected', 'login_required'), works),
    ],
    [
      'a beginning that nobody was told of',
      /The first/,
      said(events('degraded', 'recovered'), works),
    ],
    [
      'what the receiver itself saw',
      /verify/,
      said(good, works, good, ['A delivery that does not verify']),
    ],
  ])('%s', (_, words, found) => expect(found).toMatch(words))
})

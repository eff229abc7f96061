/** Every state that a grant can get into is gone through, by the functions that the machine calls; the table says what was found. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AccountGrant, adopted, confirmed, reverted } from '../../../src/account/adoption'
import type { RefreshAnswer } from '../../../src/account/answer'
import {
  answered,
  appChanged,
  awaiting,
  begun,
  blamed,
  endedByX,
  interrupted,
  suspected,
} from '../../../src/account/attempt'
import { decide } from '../../../src/account/decide'
import { askedFor, canExchange, exchangeBegun, exchangeDue } from '../../../src/account/exchange'
import { expired } from '../../../src/account/expiry'
import { disconnected, withoutGrant } from '../../../src/account/fields'
import type { Connected } from '../../../src/account/record'
import {
  type GrantEvent,
  type GrantState,
  grantStateOf,
  TRANSITIONS,
  type Transition,
} from '../../../src/account/transitions'
import { adoption, adoption1, NOW } from './grants'

/** Long after: no wait of any kind is left, and every token has expired. */
const LATER = NOW + 1_000_000
const LATER_MS = LATER * 1000

const login = (before: Connected | undefined, n: number): Connected =>
  adopted(before, adoption(`login ${n}`, LATER_MS + n), LATER)

function imported(
  before: Connected | undefined,
  n: number,
  more: { unconfirmed?: true; refreshToken?: undefined } = {},
): Connected {
  const { grant, ...rest } = adoption(`import ${n}`, LATER_MS + n)
  const asOf = before?.oauth2?.generation ?? 0
  const brought = { ...grant, ...more, imported: true } as AccountGrant
  return adopted(before, { ...rest, asOf, grant: brought }, LATER)
}

/** A login without `offline.access`. */
function online(n: number): Connected {
  const { refreshToken: _, ...oauth2 } = login(undefined, n).oauth2!
  return { ...login(undefined, n), oauth2: { ...oauth2, dueAt: null } }
}

const answer = (name: 'later' | 'declined' | 'refused' | 'app' | 'unknown'): RefreshAnswer =>
  ({
    kind: name,
    what: 'token',
    failure: 'app_credentials_refused',
    retryAfter: 1,
    message: name,
  }) as RefreshAnswer

const rotation = { accessToken: 'v1.k.i.new', expiresAt: LATER + 7200, dueAt: LATER + 5400 }
const cut: RefreshAnswer = { kind: 'unknown', message: 'cut', cut: { rotation } }
const pair: RefreshAnswer = { rotation: { ...rotation, refreshToken: 'v1.k.i.newer' } }

/** What the machine may do with a grant in this state: see the places in `refresher.ts`, `counsel.ts` and `machine.ts` that call these functions. */
function next(record: Connected): [GrantEvent, Connected | undefined][] {
  const { attempt, inDoubt, oauth2 } = record
  const steps: [GrantEvent, Connected | undefined][] = [
    ['login or import', login(record, 1)],
    ['login or import', imported(record, 1)],
    ['login or import', imported(record, 1, { refreshToken: undefined })],
    ['ended here', withoutGrant(record, 'oauth2', LATER_MS)],
    ['ended here', void disconnected(record, LATER_MS)],
    ['it expires', expired(record, LATER * 2)],
    // X is asked about a pair that nothing can refresh where its webhook says that the user took it away.
    ...(oauth2?.refreshToken || oauth2?.ended || record.formers
      ? []
      : ([['token refused', endedByX(record, 'no', LATER)]] as [GrantEvent, Connected][])),
  ]
  // Only who was never asked about can turn out to be somebody else's.
  if (oauth2?.unconfirmed && !oauth2.ended) steps.push(['token of another', another(record)])
  if (record.oauth1) {
    const withoutUserToken = withoutGrant(record, 'oauth1', LATER_MS)
    steps.push(['OAuth 1.0a token ended here', withoutUserToken])
  } else steps.push(['OAuth 1.0a token comes', withUserToken(record)])
  if (attempt?.by) {
    const at = (how: RefreshAnswer) => answered(record, how, LATER_MS)
    const after = at(answer('app'))
    return [
      ...steps,
      ['new pair', at(pair)],
      ['no in passing', at(answer('later'))],
      ['no in passing', at({ kind: 'not_sent', message: 'late' })],
      ['no usable answer', at(answer('unknown'))],
      ['no usable answer', interrupted(record, LATER_MS)],
      ['OAuth 1.0a token refused', at(answer('refused'))],
      ['no exchange for this app', at({ kind: 'unavailable', message: 'no' })],
      ['app refused', after],
      ['app refused', after.exchange ? blamed(after, 'app', LATER_MS, 0) : after],
      // A halt for others' refusals changes nothing for it.
      ['refused with many', suspected(record, LATER)],
    ]
  }
  if (attempt) {
    const at = (how: RefreshAnswer) => answered(record, how, LATER_MS)
    const after = at(answer('app'))
    return [
      ...steps,
      ['new pair', at(pair)],
      ['no in passing', at(answer('later'))],
      ['no in passing', at(answer('declined'))],
      ['no in passing', at({ kind: 'not_sent', message: 'late' })],
      ['no usable answer', at(answer('unknown'))],
      ['no usable answer', at(cut)],
      ['no usable answer', interrupted(record, LATER_MS)],
      [record.formers ? 'imported token refused' : 'token refused', at(answer('refused'))],
      // A halt says that it was the app's fault; without one this account waits.
      ['app refused', after],
      ['app refused', blamed(after, 'app', LATER_MS, 0)],
    ]
  }
  const late = inDoubt?.attempt && awaiting(record, inDoubt.attempt.id)
  if (late) steps.push(['answer comes late', late])
  if (canExchange(record)) {
    // By itself where one is due; and because somebody asks.
    const begins = {
      id: 'x',
      generation: oauth2!.generation,
      startedAt: LATER,
      by: 'exchange',
    } as const
    const due = exchangeDue(record, LATER * 2)
    if (due && due !== 'often')
      steps.push(['exchange begins', exchangeBegun(record, due, begins, false)])
    steps.push([
      'exchange begins',
      exchangeBegun(record, askedFor(record, 's', LATER), begins, true),
    ])
  }
  const decision = decide(record, { because: 'forced' }, 'warm', LATER * 2)
  if (decision.do === 'refresh' && !oauth2?.refreshToken)
    steps.push(['imported token refused', reverted(record, LATER)])
  else if (decision.do === 'refresh') {
    steps.push(['another app', appChanged(record, 'another app', LATER)])
    const begins = { id: 'a', generation: oauth2!.generation, startedAt: LATER }
    steps.push(['refresh begins', begun(record, begins, true)])
  }
  steps.push(['refused with many', suspected(record, LATER)])
  return steps
}

const withUserToken = (before: Connected): Connected =>
  adopted(before, adoption1(`token ${before.logins.length}`, LATER_MS), LATER)

const another = (record: Connected): Connected =>
  confirmed(record, 'oauth2', { id: '1002', username: 'dora', name: 'Dora' }, LATER)

/** The record before the attempt in it began: an exchange that somebody asks for begins with its attempt. */
function untried({ attempt, exchange, ...record }: Connected): Connected {
  const isAsked = attempt?.by && !exchange?.heals && !exchange?.isUnsure
  return { ...record, ...(exchange && !isAsked ? { exchange } : {}) }
}

/** Whatever of a record decides what comes next. */
const shapeOf = (record: Connected): string => {
  const { attempt, inDoubt, formers, refusalRetracted, exchange, oauth1, oauth2 } = record
  const { failure, ended, imported, refreshToken, unconfirmed } = oauth2!
  const missing = inDoubt?.attempt
  const { heals, isUnsure } = exchange ?? {}
  const noted = {
    attempt,
    by: attempt?.by,
    missingBy: missing?.by,
    exchange,
    heals,
    isUnsure,
    oauth1,
    ended1: oauth1?.ended,
    inDoubt,
    missing,
    formers,
    refusalRetracted,
    failure,
    imported,
    refreshToken,
    unconfirmed,
  }
  const names = Object.entries(noted).flatMap(([name, value]) => (value ? name : []))
  return [grantStateOf(record), record.status, ended?.reason, failure?.code, ...names].join(' ')
}

interface Found {
  from: GrantState
  event: GrantEvent
  to: GrantState
  /** While it is refreshed: the state that it was in when that began. */
  before: GrantState
}

/** All changes of state that can be reached from a first login or import. */
function found(): Found[] {
  const changes = new Map<string, Found>()
  const seen = new Set<string>()
  const waiting: Connected[] = []
  const visit = (from: Connected | undefined, event: GrantEvent, to: Connected | undefined) => {
    const before = from ? grantStateOf(untried(from)) : 'none'
    const change = { from: grantStateOf(from), event, to: grantStateOf(to), before }
    if (change.from !== change.to) changes.set(JSON.stringify(change), change)
    if (!to?.oauth2 || seen.has(shapeOf(to))) return
    seen.add(shapeOf(to))
    waiting.push(to)
  }
  visit(undefined, 'login or import', login(undefined, 0))
  visit(undefined, 'login or import', online(0))
  visit(undefined, 'login or import', imported(undefined, 0))
  visit(undefined, 'login or import', imported(undefined, 0, { unconfirmed: true }))
  for (let record = waiting.pop(); record; record = waiting.pop())
    for (const [event, after] of next(record)) visit(record, event, after)
  return [...changes.values()]
}

const covers = (row: Transition, change: Found): boolean =>
  (row.from === 'any' ? change.from !== 'none' : row.from === change.from) &&
  row.event === change.event &&
  row.to === (row.to === 'before' ? 'before' : change.to) &&
  (row.to !== 'before' || change.to === change.before)

const arrow = ({ from, event, to }: Transition | Found): string => `${from} --> ${to}: ${event}`

const page = readFileSync('docs/refresh.md', 'utf8')
/** Where mermaid has neither a beginning nor an end, there is no grant. */
const named = (state: string): string => (state === '[*]' ? 'none' : state)

describe('the table of transitions', () => {
  const changes = found()

  it('has all that the functions do', () => {
    const missing = changes.filter((change) => !TRANSITIONS.some((row) => covers(row, change)))
    expect(missing.map(arrow)).toEqual([])
  })

  it('has no row that could be left out', () => {
    const covering = changes.map((change) => TRANSITIONS.filter((row) => covers(row, change)))
    const needed = covering.flatMap((rows) => (rows.length === 1 ? rows : []))
    expect(TRANSITIONS.filter((row) => !needed.includes(row)).map(arrow)).toEqual([])
  })

  it('is the diagram of docs/refresh.md', () => {
    const [, diagram = ''] = /stateDiagram-v2\n([\s\S]*?)```/.exec(page) ?? []
    const drawn = [...diagram.matchAll(/^ +(\S+) --> (\S+): (.+)$/gm)].flatMap(
      ([, from = '', to = '', label = '']) =>
        label.split(', ').map((event) => `${named(from)} --> ${named(to)}: ${event}`),
    )
    expect(drawn.sort()).toEqual(TRANSITIONS.map(arrow).sort())
  })
})

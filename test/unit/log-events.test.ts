/** The catalogue of log lines: what `log` takes, and the page that is printed from it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { logEventsPage } from '../../scripts/log-events'
import { log } from '../../src/log'
import { LOG_EVENTS, LOG_FIELDS } from '../../src/log-events'

afterEach(() => {
  vi.restoreAllMocks()
})

it('docs/log-events.md is what `npm run log-events` prints', () => {
  expect(readFileSync('docs/log-events.md', 'utf8')).toBe(logEventsPage())
})

describe('log', () => {
  const lines = () => vi.spyOn(console, 'log').mockImplementation(() => undefined)

  it('writes one line of JSON', () => {
    const written = lines()
    log('account_disconnected', { account: '1', revoked: true })
    log('app_unanswered')
    expect(written.mock.calls).toEqual([
      ['{"event":"account_disconnected","account":"1","revoked":true}'],
      ['{"event":"app_unanswered"}'],
    ])
  })

  it('takes only what the catalogue lists: each of these is an error of the compiler', () => {
    lines()
    // @ts-expect-error: no such event
    log('app_tired')
    // @ts-expect-error: `account` is missing
    log('import_reverted')
    // @ts-expect-error: no such field
    log('import_reverted', { account: '1', token: 'secret' })
    // @ts-expect-error: no such field, by way of a spread
    log('import_reverted', { account: '1', ...{ token: 'secret' } })
    // @ts-expect-error: a number is expected
    log('app_paused', { seconds: 'sixty' })
    // @ts-expect-error: an event without fields
    log('app_unanswered', { account: '1' })
    expect(console.log).toHaveBeenCalledTimes(6)
  })
})

it('every event is logged somewhere, and every field belongs to an event', () => {
  const product = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && file !== 'log-events.ts')
    .map((file) => readFileSync(join('src', file), 'utf8'))
    .join('\n')
  const events = Object.keys(LOG_EVENTS)
  expect(events.filter((event) => !product.includes(`'${event}'`))).toEqual([])
  const used = new Set(
    Object.values(LOG_EVENTS).flatMap(({ fields }) => fields.map((name) => name.replace('?', ''))),
  )
  expect(Object.keys(LOG_FIELDS).filter((name) => !used.has(name))).toEqual([])
})

import { describe, expect, it } from 'vitest'
import { askedWait, retryAfter } from '../../../src/x/wait'

/** Sun, 15 Nov 2026 12:00:00 GMT. */
const NOW = 1_794_744_000
const at = (seconds: number): string => String(NOW + seconds)
const dated = (seconds: number): string => new Date((NOW + seconds) * 1000).toUTCString()

describe('how long X asks to be left alone', () => {
  it.each<[string, Record<string, string>, number]>([
    ['until the reset', { 'x-rate-limit-reset': at(90) }, 90],
    ['seconds', { 'retry-after': '12' }, 12],
    ['a date', { 'retry-after': dated(45) }, 45],
    ['a date in the older form', { 'retry-after': 'Sunday, 15-Nov-26 12:00:30 GMT' }, 30],
    ['a minute when nothing is said', {}, 60],
    ['the longer one of two', { 'x-rate-limit-reset': at(300), 'retry-after': '12' }, 300],
    ['at least a second', { 'retry-after': '0' }, 1],
    ['a reset that is just over, by our clock', { 'x-rate-limit-reset': at(-5) }, 1],
    ['at most a quarter of an hour', { 'x-rate-limit-reset': at(3600) }, 900],
    ['a day', { 'retry-after': '86400' }, 900],
    ['the limit of a day, for the app', { 'x-app-limit-24hour-reset': at(240) }, 240],
    ['the limit of a day, for the user', { 'x-user-limit-24hour-reset': at(80_000) }, 900],
    [
      'the limit that is spent, not the one that has calls left',
      {
        'x-rate-limit-remaining': '14',
        'x-rate-limit-reset': at(700),
        'x-user-limit-24hour-remaining': '0',
        'x-user-limit-24hour-reset': at(200),
      },
      200,
    ],
    ['a reset long past', { 'x-rate-limit-reset': at(-86_400) }, 60],
    ['a reset of 1970', { 'x-rate-limit-reset': '0' }, 60],
    ['a reset in milliseconds', { 'x-rate-limit-reset': `${at(90)}000` }, 60],
    ['a reset in the year 9999', { 'x-rate-limit-reset': '253402300799' }, 60],
    ['a negative reset', { 'x-rate-limit-reset': '-90' }, 60],
    ['a reset with a fraction', { 'x-rate-limit-reset': `${at(90)}.5` }, 60],
    ['a reset that is empty', { 'x-rate-limit-reset': '' }, 60],
    ['a reset in words', { 'x-rate-limit-reset': 'soon' }, 60],
    ['not a number', { 'x-rate-limit-reset': 'NaN', 'retry-after': 'NaN' }, 60],
    ['infinity', { 'x-rate-limit-reset': 'Infinity', 'retry-after': '1e999' }, 60],
    ['a hexadecimal number', { 'retry-after': '0x7fffffff' }, 60],
    ['negative seconds', { 'retry-after': '-5' }, 60],
    ['a time for seconds', { 'retry-after': at(90) }, 60],
    ['a date long past', { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 60],
    ['a date in the year 9999', { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, 60],
    ['what cannot be true beside what can', { 'x-rate-limit-reset': '1', 'retry-after': '30' }, 30],
    ['a day’s limit in milliseconds', { 'x-app-limit-24hour-reset': `${at(60)}000` }, 60],
    ['two headers of one name', { 'x-rate-limit-reset': `${at(90)}, ${at(91)}` }, 60],
  ])('%s', (_, headers, seconds) => {
    expect(retryAfter({ headers: new Headers(headers) }, NOW)).toBe(seconds)
  })
})

describe('the time that X names in so many words', () => {
  it.each<[string, number, Record<string, string>, number | undefined]>([
    ['until the reset', 429, { 'x-rate-limit-reset': at(90) }, 90],
    ['the longer one of two', 429, { 'x-rate-limit-reset': at(30), 'retry-after': '120' }, 120],
    ['at most a quarter of an hour', 429, { 'x-rate-limit-reset': at(3600) }, 900],
    ['seconds of an outage', 503, { 'retry-after': '120' }, 120],
    ['none', 429, {}, undefined],
    ['one that is just over', 429, { 'x-rate-limit-reset': at(-5) }, undefined],
    ['one long past', 429, { 'x-rate-limit-reset': at(-400) }, undefined],
    ['at once', 429, { 'retry-after': '0' }, undefined],
    ['one that cannot be true', 429, { 'x-rate-limit-reset': `${at(90)}000` }, undefined],
    ['a reset beside an outage: it is no wait', 503, { 'x-rate-limit-reset': at(90) }, undefined],
  ])('%s', (_, status, headers, seconds) => {
    expect(askedWait({ status, headers: new Headers(headers) }, NOW)).toBe(seconds)
  })
})

/** The refreshes of a day, as the app's object counts them. */
import { expect, it } from 'vitest'
import { admitted } from '../../../src/app/admission'
import { newState } from '../../../src/app/record'
import { type Hour, rotationsIn, withRotations } from '../../../src/app/rotations'

const HOUR = 3600
const NOW = 1_800_000_000 - (1_800_000_000 % HOUR)

it('counts what was let through, less what X gave nothing for', () => {
  const hours = withRotations(withRotations(undefined, 50, NOW), -3, NOW + HOUR)
  expect(rotationsIn(hours, NOW + HOUR)).toBe(47)
})

it('forgets what is a day old, and is never below nothing', () => {
  const hours = withRotations(withRotations([], 50, NOW), -3, NOW + HOUR)
  expect(rotationsIn(hours, NOW + 24 * HOUR - 1)).toBe(47)
  expect(rotationsIn(hours, NOW + 24 * HOUR)).toBe(0)
})

it('keeps a day, however many there are', () => {
  let hours: Hour[] = []
  for (let at = NOW; at < NOW + 100 * HOUR; at += 60) hours = withRotations(hours, 1000, at)
  expect(hours).toHaveLength(24)
  expect(rotationsIn(hours, NOW + 100 * HOUR - 1)).toBe(24 * 60 * 1000)
})

it('is counted with each ask that is let through, and not by who only asks how X is', () => {
  const { next } = admitted(newState(), { count: 7 }, NOW)
  expect(rotationsIn(next.hours, NOW)).toBe(7)
  expect(rotationsIn(admitted(next, { count: 0 }, NOW).next.hours, NOW)).toBe(7)
  const paused = { ...next, pausedUntil: NOW + 60 }
  expect(rotationsIn(admitted(paused, { count: 5 }, NOW).next.hours, NOW)).toBe(7)
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { costsPage, listPrice } from '../../scripts/costs'
import { PRICES } from '../../scripts/prices'
import { accountsWithin, freeCeiling, refreshesADay, usage } from '../../scripts/usage'

it('docs/costs.md is what `npm run costs` prints', () => {
  expect(readFileSync('docs/costs.md', 'utf8')).toBe(costsPage())
})

describe('usage', () => {
  it('of a warm account: a refresh about every 95 minutes, each two object calls, a KV write and four rows', () => {
    expect(86_400 / refreshesADay('warm') / 60).toBe(95)
    const day = usage('warm', 1000)
    expect(day.kvWrites).toBeCloseTo(15_157.9, 1)
    // Four of the account, one of the app for each batch and each sweep.
    expect(day.rowsWritten).toBeCloseTo(4 * 15_157.9 + 288 * 2 + 288, 0)
    // 53 due a sweep are two messages of three operations each.
    expect(day.queueOperations).toBe(288 * 2 * 3)
    expect(day.objectRequests).toBeCloseTo(2 * 15_157.9 + 288 * 3 + 288 * 2, 0)
  })

  it('of a lazy account: one refresh a day, by a lease, which asks both objects, and the delivery', () => {
    expect(usage('lazy:30d', 1000)).toMatchObject({
      kvWrites: 1000,
      queueOperations: 0,
      objectRequests: 3 * 1000 + 3 * 288,
    })
  })

  it('of an account that is used, with `auto`: as warm, and one call and one row for the use', () => {
    const warm = usage('warm', 1000)
    const { objectRequests, rowsWritten, ...rest } = warm
    expect(usage('auto, used', 1000)).toEqual({
      ...rest,
      objectRequests: objectRequests + 1000,
      rowsWritten: rowsWritten + 1000,
    })
  })

  it('of an idle account: a refresh a month, and a tenth of what a warm one costs at most', () => {
    expect(30 * usage('auto, idle', 1000).kvWrites).toBeCloseTo(1000 / 0.95, 1)
    expect(listPrice('auto, idle', 1000)).toBeLessThan(listPrice('warm', 1000) / 10)
    expect(usage('auto, idle', 1000).queueOperations).toBeLessThan(
      usage('warm', 1000).queueOperations / 10,
    )
  })

  it('of nobody: the sweeps', () => {
    expect(usage('warm', 0)).toMatchObject({ kvLists: 288, kvWrites: 0, objectRequests: 3 * 288 })
  })

  it('stays within the free plan up to its ceilings', () => {
    const { freePerDay } = PRICES.kvWrites
    expect(Math.round(freePerDay / refreshesADay('warm'))).toBe(66)
    expect(accountsWithin('lazy:30d', 'kvWrites', freePerDay)).toBe(1000)
    expect([freeCeiling('warm'), freeCeiling('lazy:30d')]).toEqual([65, 1000])
    // By the lists: three for each sweep, of a thousand accounts each.
    expect(freeCeiling('auto, idle')).toBe(3000)
    expect(accountsWithin('warm', 'kvLists', PRICES.kvLists.freePerDay)).toBe(3000)
    expect(accountsWithin('warm', 'kvLists', 287)).toBe(0)
  })
})

it('README names the ceilings of the free plan as they are computed', () => {
  const [, said = ''] =
    /where the free plan ends: (.*?)`npm run costs`/s.exec(readFileSync('README.md', 'utf8')) ?? []
  const numbers = (said.match(/[\d,]+(?= (accounts|idle|with))/g) ?? []).map((each) =>
    Number(each.replace(',', '')),
  )
  expect(numbers).toEqual([freeCeiling('warm'), freeCeiling('auto, idle'), freeCeiling('lazy:30d')])
})

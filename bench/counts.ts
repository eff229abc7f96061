/** What each journey costs in I/O, as the tests that ran before this hold the code to it. Writes bench/out/counts.json. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { COUNTS } from '../scripts/counts.ts'

console.table(
  Object.entries(COUNTS).map(([journey, cost]) => ({
    journey,
    cost:
      typeof cost === 'number'
        ? cost
        : Object.entries(cost)
            .map(([what, times]) => `${times} ${what}`)
            .join(', '),
  })),
)
mkdirSync('bench/out', { recursive: true })
writeFileSync('bench/out/counts.json', JSON.stringify(COUNTS, null, 2))

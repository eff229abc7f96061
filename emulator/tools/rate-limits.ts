/**
 * Makes emulator/api/rate-limits.json out of X's page of rate limits:
 * `node emulator/tools/rate-limits.ts rate-limits.mdx "<source>" > emulator/api/rate-limits.json`.
 * Rows of the page that X's OpenAPI description does not have are left out.
 */
import { readFileSync } from 'node:fs'
import table from '../api/operations.json' with { type: 'json' }

const [, , file = '', source = ''] = process.argv
const page = readFileSync(file, 'utf8')
const described = Object.keys(table.operations)

/** The page and the description name the same parameters differently. */
const shape = (name: string): string => name.replace(/\{\w+\}|:\w+/g, '{}')
const names = new Map(described.map((name) => [shape(name), name]))

/** `50/15min, 1,000/24hrs` is 50: only what counts by 15 minutes is played. */
function perWindow(cell: string): number | null {
  const [, count] = /([\d,]+)\/15min/.exec(cell) ?? []
  return count === undefined ? null : Number(count.replaceAll(',', ''))
}

const rows = page.matchAll(/^\| ([A-Z]+) \| `([^`]+)` \| ([^|]+) \| ([^|]+) \|/gm)
const lines = [...rows].flatMap(([, method, path, app = '', user = '']) => {
  const name = names.get(shape(`${method} ${path}`))
  const limits = [perWindow(app), perWindow(user)]
  if (name === undefined || limits.every((limit) => limit === null)) return []
  return [`    ${JSON.stringify(name)}: ${JSON.stringify(limits)}`]
})
/** What the page of limits leaves to another page. @see X docs, Community Notes, "Introduction": 90 for each of them */
const notes = described.filter((name) => name.includes(' /2/notes'))
lines.push(...notes.map((name) => `    ${JSON.stringify(name)}: [null,90]`))
const head = { source, count: lines.length, columns: ['per app', 'per user'] }
console.log(`{
  "head": ${JSON.stringify(head)},
  "limits": {
${lines.join(',\n')}
  }
}`)

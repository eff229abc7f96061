/** Waits that are too long for a run are made shorter, in the copy that runs and before it starts. */
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = 'src/limits.ts'

/** Gives constants of the copy other values. @throws Error where one of them is not there any more */
export function shorten(values: Record<string, string>): void {
  let limits = readFileSync(FILE, 'utf8')
  for (const [name, value] of Object.entries(values)) {
    const shorter = limits.replace(
      // A list may take several lines; whatever comes next begins one.
      new RegExp(`(export const ${name}\\b[^=]*= )[^]*?(?=\\n(?:/|export|$))`),
      `$1${value}`,
    )
    if (shorter === limits) throw new Error(`${FILE} has no ${name} any more.`)
    limits = shorter
  }
  writeFileSync(FILE, limits)
}

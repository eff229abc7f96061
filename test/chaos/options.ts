/** What a run is asked for on the command line. */
import { parseArgs } from 'node:util'

export interface Options {
  accounts: number
  /** How long things go wrong; settling comes on top. */
  seconds: number
  seed: number
  /** Ends soon, whatever hangs. */
  short: boolean
  /** Shows what both Workers print. */
  verbose: boolean
}

/** `--short` is CI's. @throws Error in words for a person */
export function optionsOf(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      accounts: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  })
  const { short, verbose } = values
  return {
    accounts: whole('--accounts', values.accounts ?? String(short ? 40 : 200), 1, 2000),
    seconds: whole('--seconds', values.seconds ?? (short ? '20' : '60'), 10, 900),
    seed: whole('--seed', values.seed ?? String(Date.now() % 1_000_000), 0, 2 ** 32 - 1),
    short,
    verbose,
  }
}

function whole(name: string, text: string, from: number, to: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= from && value <= to) return value
  throw new Error(`${name} must be a whole number from ${from} to ${to}.`)
}

/**
 * How long the model runs: a number of histories, cut short by time, so that a slow machine tries fewer of them and does not
 * fail for it. They are the same each time, so that a change to the code is what makes the test fail. A run at night tries
 * others, by a seed of its own; a failure prints its seed, and the same seed replays it:
 *
 *     MODEL_SEED=$RANDOM MODEL_RUNS=200000 MODEL_SECONDS=3000 npx vitest run --project unit test/unit/account/model.test.ts
 *     MODEL_SEED=-1234567 npx vitest run --project unit test/unit/account/model.test.ts
 */
const number = (name: string, fallback: number): number => {
  const value = Number(process.env[name] || fallback)
  if (!Number.isInteger(value)) throw new Error(`${name} must be a whole number.`)
  return value
}

/** Histories that are tried. */
const RUNS = number('MODEL_RUNS', 5000)
/** Time for them. */
const SECONDS = number('MODEL_SECONDS', 90)

/** For the model itself: what is not tried in time is left out. */
export const BUDGET = {
  numRuns: RUNS,
  interruptAfterTimeLimit: SECONDS * 1000,
  seed: number('MODEL_SEED', 20_261_129),
}
/** For a bug that was put in: found long before, or named as not found, never timed out. */
export const SEARCH = {
  numRuns: 40_000,
  interruptAfterTimeLimit: 150_000,
  // Where each of them is found soon.
  seed: number('MODEL_SEED', 13),
}
/** Milliseconds after which a test of either ends whatever happens. */
export const TIMEOUT_MS = Math.max(SECONDS + 30, 180) * 1000

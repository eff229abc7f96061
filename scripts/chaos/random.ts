/** Randomness that a seed replays. */
export interface Random {
  /** 0 to 1, without 1. */
  next: () => number
  between: (from: number, to: number) => number
  pick: <T>(some: readonly T[]) => T
}

/** The mulberry32 generator: short, and good enough to be unpredictable for a program under test. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    pick: (some) => some[Math.floor(next() * some.length)]!,
  }
}

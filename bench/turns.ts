/** Costs that are measured in turns, so that whatever else the machine does meets all of them. */
export class Turns {
  readonly #costs: Map<string, number[]>
  readonly #cost: (way: string) => Promise<number>

  /** @param cost - measures one way once; microseconds */
  constructor(ways: string[], cost: (way: string) => Promise<number>) {
    this.#costs = new Map(ways.map((way) => [way, []]))
    this.#cost = cost
  }

  /** Measures each way so often; once more before, which does not count. */
  async run(rounds: number): Promise<void> {
    for (const way of this.#costs.keys()) await this.#cost(way)
    for (let round = 0; round < rounds; round++)
      for (const [way, costs] of this.#costs) costs.push(await this.#cost(way))
  }

  /** What a way costs, the middle of its rounds. */
  rows(): { way: string; microseconds: number }[] {
    return [...this.#costs].map(([way, costs]) => ({
      way,
      microseconds: Number(middle(costs).toFixed(2)),
    }))
  }

  /** How often the other one's cost is in the one's: the middle of the rounds' ratios. */
  ratio(one: string, other: string): number {
    const [ones, others] = [this.#of(one), this.#of(other)]
    return middle(ones.map((cost, round) => cost / (others[round] ?? Number.NaN)))
  }

  #of(way: string): number[] {
    return this.#costs.get(way) ?? []
  }
}

const middle = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

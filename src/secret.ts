/**
 * Text that must not show up anywhere by accident: not in a log, a JSON, an error, a spread copy.
 * Only {@link Secret.reveal} gives it out, so a search for that word finds every place that does.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  get length(): number {
    return this.#text.length
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}

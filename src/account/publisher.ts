/** Writes to KV one at a time, in order, without ever holding up who asked for longer than a moment. */
import { PUBLISH_PATIENCE_MS } from '../limits'

export class Publisher {
  #queue: Promise<void> = Promise.resolve()
  readonly #write: () => Promise<void>

  /** @param write - writes what is true when its turn comes, and sees to it itself when that fails */
  constructor(write: () => Promise<void>) {
    this.#write = write
  }

  /** Resolves once written, or when patience is over: a write that hangs delays later writes, and nobody else. */
  async publish(): Promise<void> {
    this.#queue = this.#queue.then(this.#write, this.#write)
    const written = this.#queue.catch(() => undefined)
    let timer: ReturnType<typeof setTimeout> | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PUBLISH_PATIENCE_MS)
    })
    await Promise.race([written, patience])
    clearTimeout(timer)
  }
}

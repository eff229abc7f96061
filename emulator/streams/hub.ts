import { KEEP_ALIVE_MS } from '../limits.ts'
import type { Tweet } from '../store/tweet.ts'

/** Somebody who listens. */
interface Listener {
  writer: WritableStreamDefaultWriter<Uint8Array>
  /** What is sent of a post; undefined if it is not for this listener. */
  line: (tweet: Tweet) => string | undefined
}

/** The streams that are open. They live as long as their connections, so they rest nowhere. */
export class Hub {
  readonly #listeners = new Set<Listener>()

  /** How many listen. */
  get size(): number {
    return this.#listeners.size
  }

  /** Opens a stream: what is written comes at once, and a keep-alive every 20 seconds. */
  open(line: Listener['line']): ReadableStream<Uint8Array> {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const listener = { writer: writable.getWriter(), line }
    this.#listeners.add(listener)
    const beat = setInterval(() => this.#write(listener, '\r\n'), KEEP_ALIVE_MS)
    // The headers go out with the first bytes.
    this.#write(listener, '\r\n')
    void listener.writer.closed
      .catch(() => undefined)
      .finally(() => {
        clearInterval(beat)
        this.#listeners.delete(listener)
      })
    return readable
  }

  /** Sends a post to everybody it is for. */
  publish(tweet: Tweet): void {
    for (const listener of this.#listeners) {
      const line = listener.line(tweet)
      if (line !== undefined) this.#write(listener, `${line}\r\n`)
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const { writer } of this.#listeners) void writer.close().catch(() => undefined)
    this.#listeners.clear()
  }

  #write(listener: Listener, text: string): void {
    listener.writer.write(new TextEncoder().encode(text)).catch(() => {
      this.#listeners.delete(listener)
    })
  }
}

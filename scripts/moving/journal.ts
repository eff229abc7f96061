/**
 * What of a file is done, beside that file, so that an import that was cut off goes on where it was. A line is known by its
 * hash: no token is written here.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

/** How a line is known in the journal: SHA-256 of its text. Tokens are too long to be found by trying. */
export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url')

/** The lines that are done, by hash, and the way to note another one. */
export class Journal {
  readonly #file: string
  readonly #done: Set<string>

  private constructor(file: string, done: Set<string>) {
    this.#file = file
    this.#done = done
  }

  /**
   * Opens the journal of an import into this deployment, or begins it.
   *
   * @throws Error when it is of another deployment
   */
  static of(file: string, origin: string): Journal {
    if (!existsSync(file)) writeFileSync(file, `${JSON.stringify({ origin })}\n`, { mode: 0o600 })
    // The last line may have been cut off with whoever wrote it: what it says is done is done again, and found to be.
    const [head, ...lines] = readFileSync(file, 'utf8').split('\n').map(parsed)
    if (head?.origin !== origin)
      throw new Error(`${file} is of an import into ${String(head?.origin)}. Put it away first.`)
    // What follows a line that was cut off must not become a part of it.
    appendFileSync(file, '\n')
    return new Journal(
      file,
      new Set(lines.flatMap((line) => (typeof line?.done === 'string' ? [line.done] : []))),
    )
  }

  has(hash: string): boolean {
    return this.#done.has(hash)
  }

  /** Notes that a line is done, at once. */
  add(hash: string): void {
    this.#done.add(hash)
    appendFileSync(this.#file, `${JSON.stringify({ done: hash })}\n`)
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Waiting, but not for ever. No timer stays behind: it would keep an object awake, and billed, until it fires. */

/** Resolves when this work is done, or after so many milliseconds; rejects if the work does by then. */
export async function patience(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  // Whoever waits no longer hears no late rejection either.
  work.catch(() => undefined)
  await Promise.race([work, over]).finally(() => clearTimeout(timer))
}

/** What this work brings within so many milliseconds; undefined if it does not. Rejects if the work does by then. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<{ value: T } | undefined> {
  let brought: { value: T } | undefined
  const bringing = work.then((value) => {
    brought = { value }
  })
  await patience(bringing, ms)
  return brought
}

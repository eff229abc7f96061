/** Waiting, always with an end to it. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again and again. @throws Error when there was no yes within `seconds` */
export async function until(
  what: string,
  seconds: number,
  ask: () => Promise<boolean>,
  everyMs = 100,
): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s.`)
    await pause(everyMs)
  }
}

/** Does the work for each, some at a time. */
export async function each<T>(
  items: T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

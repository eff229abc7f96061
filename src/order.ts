/**
 * What each item comes to, in their order, so many under way at once. No further one is begun once whoever reads has left.
 *
 * @param work - never rejects, or ends the whole with that.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, undefined> {
  const results = items.map(() => Promise.withResolvers<R>())
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++
      await work(items[at]!).then(results[at]!.resolve, results[at]!.reject)
    }
  }
  const workers = Promise.all(Array.from({ length: atOnce }, worker))
  try {
    for (const { promise } of results) yield await promise
    await workers
  } finally {
    next = items.length
  }
}

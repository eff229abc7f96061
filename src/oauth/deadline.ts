/**
 * Lets a call, the reading of its reply included, take so long and no longer. The timer goes when the call is over: one
 * that is left behind, as `AbortSignal.timeout` does, keeps a Durable Object awake, and billed, until it fires.
 */
export async function withDeadline<T>(
  ms: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const late = new DOMException(`No complete reply within ${ms} ms.`, 'TimeoutError')
  const timer = setTimeout(() => controller.abort(late), ms)
  try {
    return await call(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Writes one structured line. Fields are counts, codes, ids and X's public words; never a token, code or key. */
export function log(event: string, fields: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ event, ...fields }))
}

/** What may be said of an unexpected error: its class and where it was thrown; a message may carry what was being read. */
export function errorOf(error: unknown): { error: string; at?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  const at = error.stack?.match(/\n\s+at (.*)/)?.[1]
  return { error: error.name, ...(at === undefined ? {} : { at }) }
}

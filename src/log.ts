import type { LogEvent, LogFields } from './log-events'
import { plainJson } from './plain-text'

/** Nothing but the fields of this event: TypeScript lets further ones pass where they come by a spread. */
type Exactly<E extends LogEvent, F> = F & Record<Exclude<keyof F, keyof LogFields<E>>, never>

/** Writes one structured line, of an event and with the fields that `log-events.ts` lists. */
export function log<E extends LogEvent, F extends LogFields<E>>(
  event: E,
  ...[fields]: Record<never, never> extends LogFields<E>
    ? [fields?: Exactly<E, F>]
    : [fields: Exactly<E, F>]
): void {
  console.log(plainJson({ event, ...fields }))
}

/** What may be said of an unexpected error: its class and where it was thrown; a message may carry what was being read. */
export function errorOf(error: unknown): { error: string; at?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  const at = error.stack?.match(/\n\s+at (.*)/)?.[1]
  return { error: error.name, ...(at === undefined ? {} : { at }) }
}

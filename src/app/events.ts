/** What others are told of the app as a whole: the events between one state and the next. Plain data in, plain data out. */
import type { Happening } from '../events/event'
import type { AppState } from './record'

/** Why no refresh leaves by itself; undefined: refreshes leave. */
interface Stop {
  reason: 'credentials_refused' | 'mass_refusal' | 'x_unanswering' | 'frozen'
  message: string
}

function stopOf({ halt, breaker, freeze }: AppState): Stop | undefined {
  if (freeze) return { reason: 'frozen', message: 'The operator froze all refreshes.' }
  if (halt) return { reason: halt.reason, message: halt.message }
  return breaker && { reason: 'x_unanswering', message: breaker.message }
}

/** The events of a change. One stop that takes the place of another is told anew, with its own reason. */
export const appEventsOf = (before: AppState, after: AppState): Happening[] => [
  ...stopEventsOf(before, after),
  ...webhookEventsOf(before, after),
]

function stopEventsOf(before: AppState, after: AppState): Happening[] {
  const was = stopOf(before)
  const now = stopOf(after)
  if (was?.reason === now?.reason) return []
  if (now) return [{ type: 'app.halted', data: { ...now } }]
  return [{ type: 'app.resumed', data: { reason: was!.reason } }]
}

/** Of a webhook X delivers to, or does not any more. That one was registered or ended the operator knows. */
function webhookEventsOf({ webhook: was }: AppState, { webhook: now }: AppState): Happening[] {
  if (!was || !now || was.id !== now.id || was.valid === now.valid) return []
  const { id, url, valid } = now
  return [
    { type: valid ? 'app.webhook_valid' : 'app.webhook_invalid', data: { webhook: { id, url } } },
  ]
}

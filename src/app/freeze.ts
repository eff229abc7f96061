/** The freeze: an operator holds all refreshes back while the accounts move to another deployment. Plain data in, plain data out. */
import type { FailureData } from '../failure'
import { FREEZE_RETRY_SECONDS, FREEZE_SETTLES_SECONDS, RESUME_ACCOUNTS } from '../limits'
import type { AppState } from './record'

/** The state with all refreshes held back; one that is frozen stays as it is. `now` is Unix seconds. */
export const frozen = (state: AppState, now: number): AppState =>
  state.freeze ? state : { ...state, freeze: { since: now } }

/** The state after the freeze: many accounts fell due in it, so the next sweeps queue few of them at first. */
export function unfrozen(state: AppState): AppState {
  const { freeze, ...rest } = state
  return freeze ? { ...rest, resume: RESUME_ACCOUNTS } : state
}

/** Why no refresh may leave in a freeze; undefined: there is none. */
export const freezeIn = ({ freeze }: Pick<AppState, 'freeze'>): FailureData | undefined =>
  freeze && {
    code: 'refreshes_frozen',
    detail: 'The operator froze all refreshes. What is held stays as it is.',
    retryAfter: FREEZE_RETRY_SECONDS,
    since: freeze.since,
  }

/** The freeze as it is shown: from `settled_at` on no refresh that left before it is under way. Times are Unix seconds. */
export const freezeJson = ({ freeze }: Pick<AppState, 'freeze'>) =>
  freeze
    ? { refreshes: true, since: freeze.since, settled_at: freeze.since + FREEZE_SETTLES_SECONDS }
    : null

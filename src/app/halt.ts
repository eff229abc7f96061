/** Stops of all refreshes: how one begins, is tested with real accounts, lasts longer, and ends. Plain data in, plain data out. */
import {
  CANARIES,
  FREE_MAX,
  HALT_REFUSED_REMEMBERED,
  MASS_AGAIN_SECONDS,
  MASS_CALM_SECONDS,
  MASS_HALT_SECONDS,
  MASS_TURN_SECONDS,
  PROBE_SECONDS,
  RESUME_ACCOUNTS,
} from '../limits'
import type { AppState, FormerMassHalt, Halt } from './record'

/** The state of a halt that begins at `now`; one that goes on already stays as it is. */
export function halted(
  state: AppState,
  reason: Halt['reason'],
  message: string,
  now: number,
  refused: readonly string[] = [],
): AppState {
  if (state.halt) return state
  const halt = { reason, message, since: now }
  if (reason === 'credentials_refused')
    return { ...state, halt: { ...halt, probeAt: now + PROBE_SECONDS } }
  const step = firstStep(state.lastMassHalt, now)
  const last = refused.slice(-HALT_REFUSED_REMEMBERED)
  return { ...state, halt: { ...halt, step, probeAt: now + waitOf(step), refused: last } }
}

/** Each halt lasts longer than the one before; after a calm day it begins anew. */
function firstStep(before: FormerMassHalt | undefined, now: number): number {
  return before && now < before.until + MASS_CALM_SECONDS ? before.step + 1 : 0
}

const waitOf = (step: number): number =>
  MASS_HALT_SECONDS[Math.min(step, MASS_HALT_SECONDS.length - 1)] ?? PROBE_SECONDS

/** Whether a halt for refusals ended so lately that only refusals of nearly everybody are another one. */
export const isSoonAfter = ({ lastMassHalt }: AppState, now: number): boolean =>
  lastMassHalt !== undefined && now < lastMassHalt.until + MASS_AGAIN_SECONDS

/** The state of a halted app after X was asked about a made-up token. `isGood`: X answered as it must. */
export function haltProbed(state: AppState, halt: Halt, isGood: boolean, now: number): AppState {
  if (!isGood) return { ...state, halt: { ...halt, probeAt: now + PROBE_SECONDS } }
  if (halt.reason === 'credentials_refused') return resumed(state, now)
  // X answers. What it says of real tokens, only real tokens can tell.
  const number = (halt.turn?.number ?? 0) + 1
  // Each turn twice as many: of those that X never refused some may be dead as well, and stand before those that are not.
  const turn = { number, free: Math.min(CANARIES * 2 ** (number - 1), FREE_MAX) }
  return { ...state, halt: { ...halt, turn, probeAt: now + MASS_TURN_SECONDS } }
}

/** The accounts that are tried in this turn of a halt, each turn others: some may be dead for good, or gone. */
export function canariesOf({ refused = [], turn }: Halt): string[] {
  const from = ((turn?.number ?? 1) - 1) * CANARIES
  const picked = Array.from({ length: CANARIES }, (_, n) => refused[(from + n) % refused.length])
  return [...new Set(picked.filter((id) => id !== undefined))]
}

/** The state after X refused this account while refreshes are halted for refusals. */
export function refusedAgain(state: AppState, halt: Halt, id: string, now: number): AppState {
  const others = (halt.refused ?? []).filter((one) => one !== id)
  const refused = [...others, id].slice(-HALT_REFUSED_REMEMBERED)
  const { turn } = halt
  // Before the first turn it is one that was under way when the halt began; of a turn the first one says it all.
  if (!turn || turn.refused) return { ...state, halt: { ...halt, refused } }
  const step = (halt.step ?? 0) + 1
  const longer = { step, probeAt: now + waitOf(step), turn: { ...turn, refused: true as const } }
  return { ...state, halt: { ...halt, refused, ...longer } }
}

/** The state once a halt is over: it goes on at a pace. */
export function resumed(state: AppState, now: number): AppState {
  const { halt, ...rest } = state
  if (!halt) return state
  const { turn: _, refused: __, ...former } = halt
  const isMass = halt.reason === 'mass_refusal'
  return {
    ...rest,
    lastHalt: { ...former, until: now },
    ...(isMass ? { lastMassHalt: { step: halt.step ?? 0, until: now } } : {}),
    resume: RESUME_ACCOUNTS,
  }
}

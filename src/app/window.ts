/** The refreshes of the last ten minutes and those that X refused, counted by the minute: as large at a million as at ten. */
import {
  MASS_IDS_A_MINUTE,
  MASS_REFUSALS,
  MASS_SHARE,
  MASS_SHARE_AGAIN,
  MASS_WINDOW_SECONDS,
} from '../limits'

/** The refreshes of one minute, and those of them that X refused. */
export interface Minute {
  /** When it began, Unix seconds. */
  at: number
  /** How many refreshes were let through. */
  refreshes: number
  /** How many refusals of X were told, … */
  refused: number
  /** … and of which accounts: the first ones, so that they can be suspected when a halt begins. */
  ids: string[]
}

/** The minutes of which something is known, the oldest first. */
export type Window = readonly Minute[]

const MINUTE_SECONDS = 60

/** The window without the minutes that are over for ten minutes at `now` (Unix seconds). */
export const recent = (window: Window, now: number): Minute[] =>
  window.filter(({ at }) => at + MINUTE_SECONDS > now - MASS_WINDOW_SECONDS)

/**
 * The window after so many refreshes were let through at `now` (Unix seconds); fewer than none: of those that were, so many
 * have told nothing of what X would say.
 */
export const withRefreshes = (window: Window, count: number, now: number): Minute[] =>
  changed(window, now, (minute) => ({ ...minute, refreshes: minute.refreshes + count }))

/** The window after X refused this account at `now` (Unix seconds). */
export const withRefusal = (window: Window, id: string, now: number): Minute[] =>
  changed(window, now, ({ ids, refused, ...minute }) => ({
    ...minute,
    refused: refused + 1,
    ids: ids.length < MASS_IDS_A_MINUTE ? [...ids, id] : ids,
  }))

function changed(window: Window, now: number, change: (minute: Minute) => Minute): Minute[] {
  const at = now - (now % MINUTE_SECONDS)
  const others = recent(window, now).filter((minute) => minute.at !== at)
  const minute = window.find((one) => one.at === at) ?? { at, refreshes: 0, refused: 0, ids: [] }
  return [...others, change(minute)].toSorted((a, b) => a.at - b.at)
}

/** The accounts of the refusals in a window; those beyond {@link MASS_IDS_A_MINUTE} a minute are not known. */
export const refusedIn = (window: Window): string[] => [
  ...new Set(window.flatMap(({ ids }) => ids)),
]

/** The window with its refusals taken out: they are suspected from now on. */
export const withoutRefusals = (window: Window): Minute[] =>
  window.map((minute) => ({ ...minute, refused: 0, ids: [] }))

/**
 * Whether so many refusals say more about X, or about us, than about those accounts.
 *
 * @param soonAfter - soon after a halt for that reason, only if hardly anything else comes: some grants may be as dead
 *   as X says, and the others must not wait for that.
 */
export function isMassRefusal(window: Window, soonAfter: boolean): boolean {
  const total = window.reduce((sum, { refreshes }) => sum + refreshes, 0)
  const refused = window.reduce((sum, minute) => sum + minute.refused, 0)
  return refused >= MASS_REFUSALS && refused > (soonAfter ? MASS_SHARE_AGAIN : MASS_SHARE) * total
}

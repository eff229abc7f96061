/** The refreshes of the last day, counted by the hour: as large at a million as at ten. */
import { DAY_SECONDS } from '../clock'

/** The refreshes of one hour. */
export interface Hour {
  /** When it began, Unix seconds. */
  at: number
  /** How many were let through, less those of which it was told that X gave nothing. */
  rotations: number
}

const HOUR_SECONDS = 3600

/** The hours after so many refreshes more at `now` (Unix seconds); fewer than none: of so many X gave nothing. */
export function withRotations(hours: readonly Hour[] = [], count: number, now: number): Hour[] {
  const at = now - (now % HOUR_SECONDS)
  const others = ofLastDay(hours, now).filter((hour) => hour.at !== at)
  const { rotations } = hours.find((hour) => hour.at === at) ?? { rotations: 0 }
  return [...others, { at, rotations: rotations + count }]
}

/** How many refreshes there were in the last day, to the hour. `now` is Unix seconds. */
export const rotationsIn = (hours: readonly Hour[] = [], now: number): number =>
  Math.max(
    ofLastDay(hours, now).reduce((sum, { rotations }) => sum + rotations, 0),
    0,
  )

const ofLastDay = (hours: readonly Hour[], now: number): Hour[] =>
  hours.filter(({ at }) => at > now - DAY_SECONDS)

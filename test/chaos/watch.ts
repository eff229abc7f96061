/** Somebody who looks at `GET /v1/status` all the time, as a monitor does: when refreshes were held back, and when they went on. */
import type { Perch, Status } from './perch.ts'
import { pause } from './wait.ts'

const EVERY_MS = 500

/** A time in which refreshes were held back, Unix milliseconds; without an end it goes on. */
export interface Stop {
  why: 'breaker' | 'halt'
  fromMs: number
  toMs?: number
}

export interface Watch {
  stops: Stop[]
  /** Ends it, and waits for what is under way. */
  end: () => Promise<void>
}

export function startWatch(perch: Perch): Watch {
  const stops: Stop[] = []
  let going = true
  const watch = async (): Promise<void> => {
    while (going) {
      const status = await perch.status()
      if (status?.status === 200) note(stops, status.body, Date.now())
      await pause(EVERY_MS)
    }
  }
  const all = watch()
  return {
    stops,
    end: async () => {
      going = false
      await all
    },
  }
}

/** Keeps what the status says at this moment. */
export function note(stops: Stop[], status: Pick<Status, 'breaker' | 'halt'>, nowMs: number): void {
  for (const why of ['breaker', 'halt'] as const) {
    const open = stops.find((stop) => stop.why === why && stop.toMs === undefined)
    if (status[why] && !open) stops.push({ why, fromMs: nowMs })
    if (!status[why] && open) open.toMs = nowMs
  }
}

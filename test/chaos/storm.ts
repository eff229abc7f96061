/** Carries a plan out: orders faults, kills Perch, and sees it come back. */
import type { Perch } from './perch.ts'
import { BROWN_OUT, type Mishap } from './plan.ts'
import { pause, until } from './wait.ts'
import type { Worker } from './worker.ts'
import type { X } from './x.ts'

/** Perch's processes were killed between these two moments. Unix milliseconds. */
export interface Kill {
  what: 'workerd' | 'group'
  fromMs: number
  toMs: number
  /** When it answered again. */
  backMs: number
}

/** An account's object was moved while its refresh was under way. */
export interface Move {
  id: string
  /** Unix milliseconds. */
  atMs: number
}

/** Something in front of X answered in its place, from this moment on, so many calls in a row. */
export interface BrownOut {
  /** Unix milliseconds. */
  fromMs: number
  calls: number
}

/** What was done to Perch and X. */
export interface Done {
  kills: Kill[]
  moves: Move[]
  brownOuts: BrownOut[]
}

const BACK_SECONDS = 60
/** A call is held back so long that its object can be moved meanwhile. */
const HELD_MS = 1500
/** Traffic refreshes somebody all the time; while Perch is down nobody. */
const MOVE_SECONDS = 15

/** @returns what was done; resolves when the time is over */
export async function storm(
  plan: Mishap[],
  seconds: number,
  at: { worker: Worker; x: X; perch: Perch },
): Promise<Done> {
  const began = Date.now()
  const kills: Kill[] = []
  const moves: Move[] = []
  const brownOuts: BrownOut[] = []
  const comesBack = async (kill: Kill): Promise<void> => {
    await until('Perch answers after a kill', BACK_SECONDS, at.perch.answers)
    kill.backMs = Date.now()
  }
  let back: Promise<void> = Promise.resolve()
  const wait = (ms: number): Promise<void> => pause(Math.max(0, began + ms - Date.now()))
  for (const mishap of plan) {
    await wait(mishap.atMs)
    if ('fault' in mishap) await at.x.order(mishap.fault)
    else if ('brownOut' in mishap) {
      brownOuts.push({ fromMs: Date.now(), calls: mishap.brownOut })
      await at.x.order(BROWN_OUT, mishap.brownOut)
    } else if ('move' in mishap) moves.push(...(await moved(at)))
    else {
      // One kill at a time; faults go on meanwhile.
      await back
      const kill = await killed(at.worker, mishap.kill)
      kills.push(kill)
      back = comesBack(kill)
      back.catch(() => undefined)
    }
  }
  await back
  await wait(seconds * 1000)
  return { kills, moves, brownOuts }
}

/** Moves the object of whoever is refreshed next, in the middle of that call. @returns nothing if nobody was */
async function moved({ x, perch }: { x: X; perch: Perch }): Promise<Move[]> {
  const before = (await x.refreshes()).at(-1)?.seq ?? 0
  await x.order(`delay_reply:${HELD_MS}`)
  let id: string | undefined
  const found = async (): Promise<boolean> => {
    const held = (await x.refreshes(before)).find(({ fault }) => fault === `delay_reply:${HELD_MS}`)
    id = held?.user_id
    return id !== undefined
  }
  await until('a call to move in', MOVE_SECONDS, found).catch(() => undefined)
  if (id === undefined) return []
  const atMs = Date.now()
  return (await perch.move(id)) ? [{ id, atMs }] : []
}

async function killed(worker: Worker, what: Kill['what']): Promise<Kill> {
  const fromMs = Date.now()
  if (what === 'group') {
    await worker.killGroup()
    worker.start()
  } else if (worker.killWorkerd() === 0) throw new Error('There is no workerd to kill.')
  return { what, fromMs, toMs: Date.now(), backMs: 0 }
}

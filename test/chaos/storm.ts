/** Carries a plan out: orders faults, kills Perch, and sees it come back. */
import type { Mishap } from './plan.ts'
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

const BACK_SECONDS = 60

/** @returns the kills; resolves when the time is over */
export async function storm(
  plan: Mishap[],
  seconds: number,
  at: { worker: Worker; x: X; answers: () => Promise<boolean> },
): Promise<Kill[]> {
  const began = Date.now()
  const kills: Kill[] = []
  const comesBack = async (kill: Kill): Promise<void> => {
    await until('Perch answers after a kill', BACK_SECONDS, at.answers)
    kill.backMs = Date.now()
  }
  let back: Promise<void> = Promise.resolve()
  const wait = (ms: number): Promise<void> => pause(Math.max(0, began + ms - Date.now()))
  for (const mishap of plan) {
    await wait(mishap.atMs)
    if ('fault' in mishap) await at.x.order(mishap.fault)
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
  return kills
}

async function killed(worker: Worker, what: Kill['what']): Promise<Kill> {
  const fromMs = Date.now()
  if (what === 'group') {
    await worker.killGroup()
    worker.start()
  } else if (worker.killWorkerd() === 0) throw new Error('There is no workerd to kill.')
  return { what, fromMs, toMs: Date.now(), backMs: 0 }
}

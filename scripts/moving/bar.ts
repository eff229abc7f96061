/** How far an import is, on the terminal; where there is none, a line now and then. */
import { progress } from '@clack/prompts'
import type { Counts } from './importing.ts'

/** Shows counts as they come. */
export interface Bar {
  show: (counts: Counts, saying?: string) => void
  stop: (saying: string) => void
}

const EVERY_MS = 2000

/** A bar where a person looks on, else lines at a distance of two seconds. Both go to standard error. */
export const barOf = (total: number): Bar =>
  process.stderr.isTTY && total > 0 ? drawn(total) : told()

function drawn(total: number): Bar {
  const bar = progress({ max: total, output: process.stderr })
  let done = 0
  bar.start(`0 of ${total}`)
  return {
    show: (counts, saying) => {
      bar.advance(counts.done - done, inWords(counts, saying))
      done = counts.done
    },
    stop: (saying) => bar.stop(saying),
  }
}

function told(): Bar {
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    show: (counts, saying) => {
      if (saying === undefined && performance.now() < toldAt + EVERY_MS) return
      toldAt = performance.now()
      console.error(inWords(counts, saying))
    },
    stop: (saying) => console.error(saying),
  }
}

const inWords = ({ total, done, failed }: Counts, saying?: string): string =>
  [`${done} of ${total}`, failed > 0 ? `${failed} failed` : '', saying ?? '']
    .filter((part) => part !== '')
    .join(', ')

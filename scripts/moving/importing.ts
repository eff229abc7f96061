/** The import of a file: what is sent when, what is sent again, and when it stops. */
import { hashOf, type Journal } from './journal.ts'
import { batchOf, LINES_FIRST, nextSize, type Sent, waitFor } from './pace.ts'
import type { Item } from './records.ts'
import type { Answer, Ending, Problem } from './send.ts'

/** What an import needs of the world. */
export interface World {
  send: (lines: readonly string[], hear: (answer: Answer) => void) => Promise<Ending>
  now: () => number
  sleep: (ms: number) => Promise<void>
  journal: Pick<Journal, 'has' | 'add'>
  /** Tells how far it is. */
  show: (counts: Counts, saying?: string) => void
}

/** How far an import is. */
export interface Counts {
  total: number
  done: number
  failed: number
}

/** What came of one account of the file. */
export interface Fate {
  at: string
  id?: string
  status: 'imported' | 'already' | 'done before' | 'failed' | 'not sent'
  problems?: Pick<Problem, 'field' | 'code' | 'detail' | 'fix'>[]
}

/** What came of all of them; `stopped`: why it did not come to its end. */
export interface Outcome {
  fates: Fate[]
  stopped?: Problem
}

interface Waiting {
  item: Item
  text: string
  hash: string
  tries: number
  notBefore: number
}

/** What is over by itself, though Perch was asked to stop: it is waited for. */
const PASSING = new Set(['x_rate_limited', 'x_unreachable', 'storage_unavailable'])
/** A line that fails in passing is sent this often at most, and so is a call that breaks. */
const TRIES = 5
const WAIT_SECONDS = 5
const BROKEN_WAIT_MAX_SECONDS = 60

/** Sends each item once, and again what was not answered or failed in passing. Never rejects. */
export async function importing(items: readonly Item[], world: World): Promise<Outcome> {
  const fates = new Map<Item, Fate>()
  const queue: Waiting[] = []
  for (const item of items) {
    const { at, line, problem } = item
    const text = JSON.stringify(line)
    const hash = line ? hashOf(text) : ''
    if (!line)
      fates.set(item, {
        at,
        status: 'failed',
        problems: [{ code: 'unreadable', detail: problem! }],
      })
    else if (world.journal.has(hash)) fates.set(item, { at, ...idOf(line), status: 'done before' })
    else queue.push({ item, text, hash, tries: 0, notBefore: 0 })
  }
  const total = items.length
  const show = (saying?: string): void => {
    const all = [...fates.values()]
    const failed = all.filter(({ status }) => status === 'failed').length
    world.show({ total, done: all.length, failed }, saying)
  }
  let [size, broken] = [LINES_FIRST, 0]
  let sent: Sent = []
  let stopped: Problem | undefined
  show()
  while (queue.length > 0 && !stopped) {
    const now = world.now()
    const ready = queue.filter(({ notBefore }) => notBefore <= now)
    if (ready.length === 0) {
      const ms = Math.min(...queue.map(({ notBefore }) => notBefore)) - now
      show(`waiting ${Math.ceil(ms / 1000)} s`)
      await world.sleep(ms)
      continue
    }
    const batch = batchOf(ready, size)
    const calls = batch.reduce((sum, { item }) => sum + callsOf(item), 0)
    const pace = waitFor(sent, calls, now)
    if (pace.ms > 0) {
      show(`X takes no more calls for ${Math.ceil(pace.ms / 1000)} s`)
      await world.sleep(pace.ms)
    }
    sent = [...pace.sent, { at: world.now(), calls }]
    let pause = 0
    const hear = (answer: Answer): void => {
      const each = batch[answer.line - 1]
      if (!each) return
      const { failure, isPassing } = judged(answer)
      if (answer.stopped && failure) {
        if (isPassing) pause = Math.max(pause, failure.retry_after ?? WAIT_SECONDS)
        else stopped ??= failure
        // It was not begun, or what was begun is kept by Perch: it stays in the queue.
        return
      }
      if (failure && isPassing && each.tries + 1 < TRIES) {
        const own = WAIT_SECONDS * 2 ** each.tries
        each.tries += 1
        each.notBefore = world.now() + (failure.retry_after ?? own) * 1000
        return
      }
      queue.splice(queue.indexOf(each), 1)
      if (!failure) world.journal.add(each.hash)
      fates.set(each.item, fateOf(each.item, answer))
      show()
    }
    const ending = await world.send(
      batch.map(({ text }) => text),
      hear,
    )
    size = nextSize(size, ending.kind === 'whole' && pause === 0)
    broken = ending.kind === 'broke' ? broken + 1 : 0
    if (ending.kind === 'refused') stopped = ending.problem
    if (ending.kind === 'broke') {
      if (broken >= TRIES) stopped = { code: 'unreachable', status: 0, title: ending.why }
      else pause = Math.max(ending.waitSeconds, Math.min(2 ** broken, BROKEN_WAIT_MAX_SECONDS))
    }
    if (pause > 0 && !stopped) {
      show(`${ending.kind === 'broke' ? ending.why : 'X asks to wait.'} Going on in ${pause} s`)
      await world.sleep(pause * 1000)
    }
  }
  for (const { item } of queue)
    fates.set(item, { at: item.at, ...idOf(item.line), status: 'not sent' })
  return { fates: items.map((item) => fates.get(item)!), ...(stopped ? { stopped } : {}) }
}

/** What an answer says: the problem that is for good, else one that passes. */
function judged({ status, problems = [] }: Answer): { failure?: Problem; isPassing: boolean } {
  if (status !== 'failed') return { isPassing: false }
  const passes = ({ code, detail = '' }: Problem): boolean =>
    PASSING.has(code) || (RETRIED.has(code) && !REFUSED.test(detail))
  const lasting = problems.find((problem) => !passes(problem))
  const failure = lasting ?? problems[0] ?? { code: 'internal', status: 500 }
  return { failure, isPassing: lasting === undefined }
}

/** What may go well the next time. */
const RETRIED = new Set([
  'import_unfinished',
  'internal',
  'object_unreachable',
  'storage_newer',
  'grant_unconfirmed',
  'import_superseded',
  'account_disconnecting',
  'refresh_failed',
  'refresh_limited',
])

/** X does not take an access token, and there is no refresh token: asking again brings nothing else. */
const REFUSED = /^When asked who logged in, X answered 401\b/

/** How often X is asked for a line, at most, of what X counts for the app. */
const callsOf = ({ line }: Item): number => (line?.oauth2 ? 1 : 0) + (line?.exchange ? 1 : 0)

const idOf = (line: Item['line']): { id?: string } => {
  const id = line?.id ?? /^(\d+)-/.exec(line?.oauth1?.oauth_token ?? '')?.[1]
  return id === undefined ? {} : { id }
}

function fateOf(item: Item, { status, id, problems }: Answer): Fate {
  return {
    at: item.at,
    ...idOf(item.line),
    ...(id === undefined ? {} : { id }),
    status,
    ...(problems
      ? {
          problems: problems.map(({ field, code, detail, fix }) => ({
            ...(field === undefined ? {} : { field }),
            code,
            ...(detail === undefined ? {} : { detail }),
            ...(fix === undefined ? {} : { fix }),
          })),
        }
      : {}),
  }
}

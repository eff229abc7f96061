/** Programs that ask for tokens all the time, and a cron that hardly rests. What programs see is kept to be judged. */
import type { Answer, Lease, Perch } from './perch.ts'
import type { Random } from './plan.ts'
import { pause } from './wait.ts'

const PROGRAMS = 5
const SWEEP_EVERY_MS = 2000
/** Between two calls of one program: short, and not so short that nothing else gets a turn. */
const BREATH_MS = 25
/** The same while Perch is down. */
const DOWN_MS = 250

/** What programs saw. */
export interface Seen {
  /** Answers by problem code; `ok`, `degraded: …`, and `no answer` while Perch was down. */
  answers: Map<string, number>
  /** By account, by generation: the token that was leased. */
  leased: Map<string, Map<number, string>>
  /** What must never be seen. */
  wrong: string[]
}

/** What a caller may be told while things go wrong; anything else is a mistake. */
const EXPECTED = [
  'app_halted',
  'login_required',
  'object_unreachable',
  'refresh_failed',
  'refresh_limited',
  'x_rate_limited',
  'x_unreachable',
]

export interface Traffic {
  seen: Seen
  /** Ends it, and waits for what is under way. */
  stop: () => Promise<void>
}

export function startTraffic(perch: Perch, ids: string[], random: Random): Traffic {
  const seen: Seen = { answers: new Map(), leased: new Map(), wrong: [] }
  let going = true
  const program = async (): Promise<void> => {
    while (going) {
      const id = random.pick(ids)
      const answer = await ask(perch, id, seen, random)
      note(seen, id, answer)
      await pause(answer ? BREATH_MS : DOWN_MS)
    }
  }
  const all = Promise.all(Array.from({ length: PROGRAMS }, program))
  return {
    seen,
    stop: async () => {
      going = false
      await all
    },
  }
}

/** Sweeps. @returns what ends them, and says how many there were */
export function startCron(perch: Perch): () => Promise<number> {
  let sweeps = 0
  let going = true
  const cron = async (): Promise<void> => {
    while (going) {
      if (await perch.sweep()) sweeps += 1
      await pause(SWEEP_EVERY_MS)
    }
  }
  const all = cron()
  return async () => {
    going = false
    await all
    return sweeps
  }
}

function ask(
  perch: Perch,
  id: string,
  seen: Seen,
  random: Random,
): Promise<Answer<Lease> | undefined> {
  const dice = random.next()
  if (dice < 0.1) return perch.refresh(id)
  const known = Math.max(...(seen.leased.get(id)?.keys() ?? [0]))
  if (dice < 0.25) return perch.lease(id, `?rejected=${known}`)
  return perch.lease(id, dice < 0.35 ? '' : `?min_ttl=${random.pick([0, 2, 5, 3600])}`)
}

/** Keeps an answer. One generation is one token, whoever is told and when. */
function note(seen: Seen, id: string, answer: Answer<Lease> | undefined): void {
  const what = answer === undefined ? 'no answer' : wordOf(answer)
  seen.answers.set(what, (seen.answers.get(what) ?? 0) + 1)
  if (answer === undefined) return
  if (answer.status !== 200) {
    if (!EXPECTED.includes(what)) seen.wrong.push(`${id}: ${JSON.stringify(answer)}`)
    return
  }
  const { generation, access_token } = answer.body
  const tokens = seen.leased.get(id) ?? new Map<number, string>()
  seen.leased.set(id, tokens)
  if ((tokens.get(generation) ?? access_token) !== access_token)
    seen.wrong.push(`${id}: two tokens were leased as generation ${generation}.`)
  tokens.set(generation, access_token)
}

function wordOf({ status, code, body }: Answer<Lease>): string {
  if (status !== 200) return code ?? String(status)
  return body.degraded ? `degraded: ${body.degraded.reason}` : 'ok'
}

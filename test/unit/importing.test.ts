/** What `npm run import` sends, sends again, and when it stops: against a Perch that does what it is told. */
import { describe, expect, it } from 'vitest'
import { type Counts, importing } from '../../scripts/moving/importing'
import type { Item } from '../../scripts/moving/records'
import type { Answer, Ending, Problem } from '../../scripts/moving/send'

const WHOLE: Ending = { kind: 'whole' }
const itemsOf = (count: number): Item[] =>
  Array.from({ length: count }, (_, n) => ({
    at: `line ${n + 1}`,
    line: { id: String(n + 1), oauth2: { refresh_token: `secret-${n + 1}` } },
  }))
const good = (line: number): Answer => ({ line, status: 'imported' })
const bad = (line: number, problem: Partial<Problem>, more: Partial<Answer> = {}): Answer => ({
  line,
  status: 'failed',
  problems: [{ code: 'refresh_token_refused', status: 400, ...problem }],
  ...more,
})

/** Runs an import; `perch` answers the nth call. */
async function run(
  items: Item[],
  perch: (lines: readonly string[], call: number) => { answers: Answer[]; ending?: Ending },
  done = new Set<string>(),
) {
  const sizes: number[] = []
  const slept: number[] = []
  const shown: Counts[] = []
  let now = 1_000_000
  const outcome = await importing(items, {
    send: async (lines, hear) => {
      sizes.push(lines.length)
      const { answers, ending = WHOLE } = perch(lines, sizes.length)
      for (const answer of answers) hear(answer)
      return ending
    },
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms)
      now += ms
    },
    journal: { has: (hash) => done.has(hash), add: (hash) => void done.add(hash) },
    show: (counts) => void shown.push(counts),
  })
  const statuses = new Map<string, number>()
  for (const { status } of outcome.fates) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  return { ...outcome, sizes, slept, shown, statuses: Object.fromEntries(statuses), done }
}

const all = (lines: readonly string[]) => ({ answers: lines.map((_, n) => good(n + 1)) })

describe('an import', () => {
  it('begins with 25 lines and doubles up to 200', async () => {
    const { sizes, statuses, shown } = await run(itemsOf(700), all)
    expect(sizes).toEqual([25, 50, 100, 200, 200, 125])
    expect(statuses).toEqual({ imported: 700 })
    expect(shown.at(-1)).toEqual({ total: 700, done: 700, failed: 0 })
  })

  it('sends what was not answered again, and only that', async () => {
    const seen: string[] = []
    const { statuses, sizes, slept } = await run(itemsOf(30), (lines, call) => {
      seen.push(...lines)
      if (call > 1) return all(lines)
      return {
        answers: [good(1), good(2), good(3)],
        ending: { kind: 'broke', waitSeconds: 7, why: 'w' },
      }
    })
    expect(sizes.slice(0, 2)).toEqual([25, 12])
    expect(slept[0]).toBe(7000)
    expect(statuses).toEqual({ imported: 30 })
    expect(seen.filter((line) => line.includes('secret-2"'))).toHaveLength(1)
    expect(seen.filter((line) => line.includes('secret-4"'))).toHaveLength(2)
  })

  it('goes on where it was, by the journal', async () => {
    const first = await run(itemsOf(40), (lines, call) =>
      call === 1
        ? all(lines)
        : {
            answers: [],
            ending: { kind: 'refused', problem: { code: 'key_invalid', status: 401 } },
          },
    )
    expect(first.statuses).toEqual({ imported: 25, 'not sent': 15 })
    expect(first.stopped?.code).toBe('key_invalid')
    const second = await run(itemsOf(40), all, first.done)
    expect(second.sizes).toEqual([15])
    expect(second.statuses).toEqual({ 'done before': 25, imported: 15 })
    expect([...first.done].join()).not.toContain('secret')
  })

  it('names a line that failed, and goes on; it is sent again by the next run alone', async () => {
    const { statuses, fates, done } = await run(itemsOf(3), () => ({
      answers: [good(1), bad(2, { field: 'oauth2', detail: 'd', fix: 'f', title: 't' }), good(3)],
    }))
    expect(statuses).toEqual({ imported: 2, failed: 1 })
    expect(fates[1]).toEqual({
      at: 'line 2',
      id: '2',
      status: 'failed',
      problems: [{ field: 'oauth2', code: 'refresh_token_refused', detail: 'd', fix: 'f' }],
    })
    expect(done.size).toBe(2)
    expect(JSON.stringify(fates)).not.toContain('secret')
  })

  it('sends again what fails in passing, when it may, and not for ever', async () => {
    const wait = { code: 'import_unfinished', status: 503, retry_after: 40 }
    const heals = await run(itemsOf(1), (_, call) => ({
      answers: [call < 3 ? bad(1, wait) : good(1)],
    }))
    expect(heals.slept).toEqual([40_000, 40_000])
    expect(heals.statuses).toEqual({ imported: 1 })
    const never = await run(itemsOf(1), () => ({ answers: [bad(1, wait)] }))
    expect(never.sizes).toHaveLength(5)
    expect(never.statuses).toEqual({ failed: 1 })
  })

  it('does not ask again about a token that X refuses', async () => {
    const detail = 'When asked who logged in, X answered 401: Unauthorized.'
    const dead = { code: 'grant_unconfirmed', status: 503, detail }
    const { sizes, statuses } = await run(itemsOf(1), () => ({ answers: [bad(1, dead)] }))
    expect(sizes).toEqual([1])
    expect(statuses).toEqual({ failed: 1 })
  })

  it('waits while X asks to, and goes on with what was not begun', async () => {
    const wait = { code: 'x_rate_limited', status: 503, retry_after: 300 }
    const { slept, statuses } = await run(itemsOf(3), (lines, call) =>
      call === 1
        ? { answers: [good(1), bad(2, wait, { stopped: true }), bad(3, wait, { stopped: true })] }
        : all(lines),
    )
    expect(slept).toEqual([300_000])
    expect(statuses).toEqual({ imported: 3 })
  })

  it('stops with the cure where X refuses the app; nothing counts as failed', async () => {
    const halt = { code: 'app_halted', status: 503, retry_after: 60, fix: 'the cure' }
    const { stopped, statuses, sizes } = await run(itemsOf(30), (lines) => ({
      answers: lines.map((_, n) => (n === 0 ? good(1) : bad(n + 1, halt, { stopped: true }))),
    }))
    expect(stopped).toMatchObject({ code: 'app_halted', fix: 'the cure' })
    expect(sizes).toEqual([25])
    expect(statuses).toEqual({ imported: 1, 'not sent': 29 })
  })

  it('gives up when nobody answers', async () => {
    const { stopped, statuses, sizes } = await run(itemsOf(1), () => ({
      answers: [],
      ending: { kind: 'broke', waitSeconds: 1, why: 'It cannot be reached.' },
    }))
    expect(sizes).toHaveLength(5)
    expect(stopped?.title).toBe('It cannot be reached.')
    expect(statuses).toEqual({ 'not sent': 1 })
  })

  it('does not send what cannot be read', async () => {
    const { statuses, sizes } = await run([{ at: 'row 2', problem: 'No token.' }], all)
    expect(sizes).toEqual([])
    expect(statuses).toEqual({ failed: 1 })
  })
})

/** The lines of an import, each brought to its account, and the answers to them, streamed in their order. */
import type { Caller } from '../caller/caller'
import { unixSeconds } from '../clock'
import { utf8 } from '../crypto/bytes'
import { type FailureData, failedWith } from '../failure'
import type { FailureCode } from '../failures'
import { IMPORT_CONCURRENCY } from '../limits'
import { errorOf, log } from '../log'
import { inOrder } from '../order'
import { type BroughtLine, bringLine } from './bring-line'
import { type LineProblem, readLine } from './import-line'
import { moveIn } from './move-in'
import { problemOf } from './problem'
import { warningsJson } from './scope'

/** What holds for the app, or for all of Perch: the lines after it would fare the same. */
const STOPS: ReadonlySet<FailureCode> = new Set([
  'config_incomplete',
  'exchange_unavailable',
  'app_credentials_refused',
  'plan_refused',
  'app_halted',
  'refreshes_frozen',
  'x_rate_limited',
  'x_unreachable',
  'storage_unavailable',
])

/**
 * Brings each line to its account, six at once. What a line comes to is no matter of the others, unless X refuses the app:
 * then those that were not begun are answered with that.
 *
 * @returns one line of JSON for each, in their order.
 */
export function importLines(
  env: Env,
  caller: Caller,
  lines: readonly { number: number; text: string }[],
): ReadableStream<Uint8Array> {
  const counts = { imported: 0, already: 0, failed: 0 }
  let stopped: LineProblem | undefined
  let isLeft = false
  const answer = async ({ number, text }: (typeof lines)[number]): Promise<object> => {
    if (isLeft) return {}
    if (stopped) return failedLine(number, [stopped], true)
    const read = readLine(text, unixSeconds())
    if ('problems' in read) return failedLine(number, read.problems)
    const bring =
      'moved' in read ? moveIn(env, caller, read.moved) : bringLine(env, caller, read.line)
    const brought = await bring.catch(
      (error: unknown): BroughtLine => ({
        problems: [{ field: 'line', failure: unexpected(error) }],
      }),
    )
    const stop = brought.problems?.find(({ failure }) => STOPS.has(failure.code))
    stopped ??= stop
    const { problems = [], id, oauth1, oauth2, exchange, moved } = brought
    const warnings = 'line' in read ? read.line.warnings : []
    const kinds = {
      ...(oauth1 ? { oauth1 } : {}),
      ...(oauth2 ? { oauth2 } : {}),
      ...(exchange ? { exchange } : {}),
    }
    const more = { ...(id === undefined ? {} : { id }), ...kinds, ...warningsJson(warnings) }
    if (problems.length > 0) return failedLine(number, problems, stop !== undefined, more)
    const isNew = [moved, ...Object.values(kinds)].includes('imported')
    const status = isNew ? 'imported' : 'already'
    counts[status] += 1
    return { line: number, status, ...more }
  }
  const failedLine = (
    line: number,
    problems: LineProblem[],
    isStopped = false,
    more: object = {},
  ): object => {
    counts.failed += 1
    const told = problems.map(({ field, failure }) => ({ field, ...problemOf(failure) }))
    const stop = isStopped ? { stopped: true } : {}
    return { line, status: 'failed', ...more, problems: told, ...stop }
  }
  const answers = inOrder(lines, IMPORT_CONCURRENCY, answer)
  return new ReadableStream({
    async pull(controller) {
      const next = await answers.next()
      if (!next.done) return controller.enqueue(utf8(`${JSON.stringify(next.value)}\n`))
      log('imported', { caller: caller.id, ...counts })
      controller.close()
    },
    cancel() {
      // Nobody reads on: what is under way comes to its end, and no further line is begun.
      isLeft = true
      log('imported', { caller: caller.id, ...counts })
    },
  })
}

function unexpected(error: unknown): FailureData {
  const { failure } = failedWith(error)
  if (failure.code === 'internal') log('unexpected', { method: 'POST', ...errorOf(error) })
  return failure
}

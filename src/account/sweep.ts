/** One run of the scheduled trigger: list what is due, queue it; and what the queue's consumer does with it. */
import * as v from 'valibot'
import { REFRESH_CONCURRENCY, SWEEP_MESSAGE_ACCOUNTS } from '../limits'
import { errorOf, log } from '../log'
import { type AccountPage, listAccounts } from '../store/vault'
import { USER_ID } from '../x/user'

/** A queue message: accounts that a sweep saw due when it looked. */
const DueMessage = v.object({
  sweptAtMs: v.number(),
  due: v.array(v.pipe(v.string(), v.regex(USER_ID))),
})

/** Lists every account by metadata alone and queues what is due. One log line, however it ends. */
export async function sweep(env: Env, sweptAtMs: number): Promise<void> {
  const now = Math.floor(sweptAtMs / 1000)
  const totals = { listed: 0, due: 0, queued: 0, oldest_lateness_seconds: 0 }
  try {
    let cursor: string | undefined
    do {
      const page = await listAccounts(env.VAULT, cursor)
      const due = dueOf(page.accounts, now)
      totals.listed += page.accounts.length
      totals.due += due.length
      for (const { dueAt } of due)
        totals.oldest_lateness_seconds = Math.max(totals.oldest_lateness_seconds, now - dueAt!)
      for (let at = 0; at < due.length; at += SWEEP_MESSAGE_ACCOUNTS) {
        const ids = due.slice(at, at + SWEEP_MESSAGE_ACCOUNTS).map(({ id }) => id)
        totals.queued += await queue(env, { sweptAtMs, due: ids })
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  } finally {
    log('sweep', totals)
  }
}

/** A message the queue refuses is no reason to leave out the others; the next sweep finds its accounts again. */
async function queue(env: Env, message: v.InferOutput<typeof DueMessage>): Promise<number> {
  try {
    await env.DUE.send(message)
    return message.due.length
  } catch (error) {
    log('queue_refused', { accounts: message.due.length, ...errorOf(error) })
    return 0
  }
}

/** Those due at `now`. An account that needs a login has no `dueAt` and is left alone. */
export function dueOf(accounts: AccountPage['accounts'], now: number): AccountPage['accounts'] {
  return accounts.filter(({ dueAt }) => dueAt !== null && dueAt <= now)
}

/**
 * Refreshes what a message names. Messages are hints: the object decides by its own record, and what fails is found
 * again by the next sweep, so a message is never retried.
 */
export async function refreshDue(env: Env, message: unknown): Promise<void> {
  const parsed = v.safeParse(DueMessage, message)
  if (!parsed.success) return log('queue_message_unknown')
  const { sweptAtMs, due } = parsed.output
  const waiting = [...due]
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const account = id
      await env.ACCOUNT.getByName(id)
        .refreshDue(sweptAtMs)
        .catch((error: unknown) => log('refresh_unreachable', { account, ...errorOf(error) }))
    }
  }
  await Promise.all(Array.from({ length: REFRESH_CONCURRENCY }, worker))
  log('sweep_message', { accounts: due.length })
}

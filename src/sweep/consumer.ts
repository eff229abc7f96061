/** What the queue's consumer does with a message. The objects decide by their own records, so a hint twice does no harm. */
import type { Account } from '../account/account'
import type { Hinted } from '../account/machine'
import type { Admitted } from '../app/admission'
import type { App } from '../app/app'
import { admission, appUnused, askApp } from '../app/stub'
import { orFormer } from '../former'
import { REFRESH_CONCURRENCY } from '../limits'
import { errorOf, log } from '../log'
import { messageOf } from './messages'
import { sweepOn } from './sweep'

/** Carries a message out. Never throws: what fails is found again by the next sweep. */
export async function consume(env: Env, body: unknown): Promise<void> {
  const message = messageOf(body)
  if (!message) return log('queue_message_unknown')
  if ('sweep' in message) return sweepOn(env, message.sweep)
  if ('suspected' in message) return tellSuspects(env, message.suspected)
  if ('canaries' in message) return tryCanaries(env, message.sweptAtMs, message.canaries)
  if ('reseal' in message) {
    await each(env, message.reseal, (account) => account.reseal())
    return
  }
  await refreshAll(env, message.sweptAtMs, message.due)
}

/** Tells accounts that their refusal is suspected. The app’s object need not tell those again that were reached. */
async function tellSuspects(env: Env, ids: string[]): Promise<void> {
  const reached: string[] = []
  await each(env, ids, async (account, id) => {
    await account.suspect()
    reached.push(id)
  })
  const note = (app: DurableObjectStub<App>): Promise<void> =>
    orFormer(
      () => app.suspectsReached(reached),
      () => app.suspectsTold(reached),
    )
  await askApp(env, note, undefined)
}

/** Tries accounts that X refused. One that was never told that its refusal is suspected would not try by itself. */
async function tryCanaries(env: Env, sweptAtMs: number, ids: string[]): Promise<void> {
  await each(env, ids, async (account) => {
    await account.suspect()
    await hinted(account, sweptAtMs, true)
  })
}

/** Asks the app's object once for all of them. */
async function refreshAll(env: Env, sweptAtMs: number, due: string[]): Promise<void> {
  const otherwise: Admitted = { take: due.length, isWatching: false }
  const { obstacle, take, isWatching } = await askApp(
    env,
    (app) => admission(app, { count: due.length }),
    otherwise,
  )
  let isWatched = isWatching
  // What holds one account back holds for the rest of the batch as well.
  const refresh = async (account: DurableObjectStub<Account>): Promise<boolean> => {
    const { obstacle, isUnanswered } = await hinted(account, sweptAtMs, isWatched)
    // From now on the app's object counts what X answers beside what it does not.
    isWatched ||= isUnanswered
    return !STOPS.has(obstacle?.code)
  }
  const unused = await each(env, due.slice(0, take), refresh)
  if (unused > 0) await askApp(env, (app) => appUnused(app, unused), undefined)
  const why = obstacle ? { obstacle: obstacle.code } : {}
  log('sweep_message', { accounts: due.length, ...why })
}

/** Hints to an account that it is due, whichever build its object runs. */
const hinted = (
  account: DurableObjectStub<Account>,
  sweptAtMs: number,
  isWatched: boolean,
): Promise<Hinted> =>
  orFormer<Hinted>(
    () => account.refreshHinted(sweptAtMs, isWatched),
    async () => {
      const obstacle = await account.refreshDue(sweptAtMs)
      return { ...(obstacle ? { obstacle } : {}), isUnanswered: false }
    },
  )

const STOPS: ReadonlySet<string | undefined> = new Set([
  'app_halted',
  'refreshes_frozen',
  'x_rate_limited',
  'x_unreachable',
])

/** Some at a time; `false` ends it. @returns how many were left out then */
async function each(
  env: Env,
  ids: string[],
  work: (account: DurableObjectStub<Account>, id: string) => Promise<unknown>,
): Promise<number> {
  const waiting = [...ids]
  let left = 0
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const account = id
      const goOn = await work(env.ACCOUNT.getByName(id), id).catch((error: unknown) =>
        log('account_unreachable', { account, ...errorOf(error) }),
      )
      if (goOn === false) left += waiting.splice(0).length
    }
  }
  await Promise.all(Array.from({ length: REFRESH_CONCURRENCY }, worker))
  return left
}

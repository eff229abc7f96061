/** What the queue's consumer does with a message. The objects decide by their own records, so a hint twice does no harm. */
import type { Account } from '../account/account'
import type { App } from '../app/app'
import { askApp } from '../app/stub'
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
  if ('reseal' in message) return each(env, message.reseal, (account) => account.reseal())
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

/** Asks the app's object once for all of them. */
async function refreshAll(env: Env, sweptAtMs: number, due: string[]): Promise<void> {
  const obstacle = await askApp(env, (app) => app.permit(due.length), undefined)
  // What halts or pauses the app holds for the rest of the batch as well.
  const refresh = async (account: DurableObjectStub<Account>): Promise<boolean> =>
    !STOPS.has((await account.refreshDue(sweptAtMs))?.code)
  if (!obstacle) await each(env, due, refresh)
  const why = obstacle ? { obstacle: obstacle.code } : {}
  log('sweep_message', { accounts: due.length, ...why })
}

const STOPS: ReadonlySet<string | undefined> = new Set(['app_halted', 'x_rate_limited'])

/** Some at a time; `false` ends it. */
async function each(
  env: Env,
  ids: string[],
  work: (account: DurableObjectStub<Account>, id: string) => Promise<unknown>,
): Promise<void> {
  const waiting = [...ids]
  const worker = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const account = id
      const goOn = await work(env.ACCOUNT.getByName(id), id).catch((error: unknown) =>
        log('account_unreachable', { account, ...errorOf(error) }),
      )
      if (goOn === false) waiting.length = 0
    }
  }
  await Promise.all(Array.from({ length: REFRESH_CONCURRENCY }, worker))
}

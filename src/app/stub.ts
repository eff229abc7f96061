import { Failure, type FailureData, failed, failedWith, type Result, unwrap } from '../failure'
import { orFormer } from '../former'
import { APP_PATIENCE_MS, CALLER_PATIENCE_MS } from '../limits'
import { errorOf, log } from '../log'
import { inTime } from '../patience'
import { upToDate } from '../store/version'
import type { Admitted, Ask } from './admission'
import type { App } from './app'
import { APP_ROW } from './migrations'
import type { AppState } from './record'

/** The one `App` there is. */
export const theApp = (env: Env): DurableObjectStub<App> => env.APP.getByName('app')

/** What the app's object says; `otherwise` if it cannot be reached, or does not answer within three seconds. Never throws. */
export async function askApp<T>(
  env: Env,
  ask: (app: DurableObjectStub<App>) => Promise<T>,
  otherwise: T,
): Promise<T> {
  try {
    const said = await inTime(ask(theApp(env)), APP_PATIENCE_MS)
    if (said) return said.value
    log('app_unanswered')
  } catch (error) {
    log('app_unreachable', errorOf(error))
  }
  return otherwise
}

/** Asks the app's object to let refreshes leave, whichever build it runs: a former one lets all leave or none. */
export const admission = (app: DurableObjectStub<App>, ask: Ask): Promise<Admitted> =>
  orFormer<Admitted>(
    () => app.admit(ask),
    async () => {
      const obstacle = await app.permit(ask.count)
      return {
        ...(obstacle ? { obstacle } : {}),
        take: obstacle ? 0 : ask.count,
        isWatching: false,
      }
    },
  )

/** Tells the app's object that X gave no usable answer; a former build does not want to know. */
export const appUnanswered = (
  app: DurableObjectStub<App>,
  message: string,
): Promise<FailureData | undefined> =>
  orFormer<FailureData | undefined>(
    () => app.unanswered(message),
    async () => undefined,
  )

/** Tells the app's object that X gave a new pair; a former build does not want to know. */
export const appGranted = (app: DurableObjectStub<App>, by?: 'exchange'): Promise<void> =>
  orFormer(
    () => app.granted(by),
    async () => undefined,
  )

/** Tells the app's object that X exchanges no tokens for this app; a former build knows of no exchange. */
export const appExchangeUnavailable = (
  app: DurableObjectStub<App>,
  message: string,
): Promise<void> =>
  orFormer(
    () => app.exchangeUnavailable(message),
    async () => undefined,
  )

/** Tells the app's object that so many refreshes were not sent after all; a former build counts them all the same. */
export const appUnused = (app: DurableObjectStub<App>, count: number): Promise<void> =>
  orFormer(
    () => app.unused(count),
    async () => undefined,
  )

/**
 * Asks the app’s object what it alone can say.
 *
 * @param ms - how long it is waited for, milliseconds
 * @throws Failure `object_unreachable` when it cannot be reached, or does not answer by then; `storage_newer`.
 */
export async function demandApp<T>(
  env: Env,
  ask: (app: DurableObjectStub<App>) => Promise<T>,
  ms: number,
): Promise<T> {
  const said = await inTime(ask(theApp(env)), ms).catch((error: unknown) => {
    log('app_unreachable', errorOf(error))
    // An object that answers with a failure was reached.
    const { failure } = failedWith(error)
    if (failure.code !== 'internal') throw Failure.from(failure)
    return undefined
  })
  if (!said) throw new Failure('object_unreachable', 'The app’s object did not answer.')
  return said.value
}

/**
 * Has all refreshes held back, or lets them go on.
 *
 * @returns what the app's object knows then
 * @throws Failure `object_unreachable`, `storage_newer`, `storage_unavailable`.
 */
export async function changeFreeze(env: Env, isFrozen: boolean): Promise<AppState> {
  const change = (app: DurableObjectStub<App>) =>
    orFormer<Result<AppState>>(
      () => app.changeFreeze(isFrozen),
      async () => failed('object_unreachable', 'It runs the former build for some minutes more.'),
    )
  return unwrap(await demandApp(env, change, CALLER_PATIENCE_MS))
}

/**
 * What the app's object knows, but for the bearer.
 *
 * @throws Failure `object_unreachable`, `storage_newer`.
 */
export async function appState(env: Env): Promise<AppState> {
  // An object of the former build says it in former words.
  return upToDate<AppState>(await demandApp(env, (app) => app.status(), APP_PATIENCE_MS), APP_ROW)
}

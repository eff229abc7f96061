import type { App } from './app'

/** The one `App` there is. */
export const theApp = (env: Env): DurableObjectStub<App> => env.APP.getByName('app')

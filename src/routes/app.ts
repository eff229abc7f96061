/** All routes together, and what happens to what fails in them. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { health, isHealthy } from '../app/health'
import { Failure, type FailureData, failedWith } from '../failure'
import { errorOf, log } from '../log'
import { icon } from '../pages/layout'
import { styleSheet } from '../pages/style'
import { accounts } from './accounts'
import { appOnly } from './app-only'
import { browser } from './browser'
import { callers } from './callers'
import { endpoints } from './endpoints'
import { events } from './events'
import { exchanges } from './exchange'
import { exported } from './exports'
import { freeze } from './freeze'
import { grants } from './grants'
import { imports } from './imports'
import { logins } from './logins'
import { methodsAt } from './methods'
import {
  type AppEnv,
  charset,
  clock,
  headers,
  httpsOnly,
  missingSettings,
  noStore,
} from './middleware'
import { problem } from './problem'
import { problems } from './problems'
import { requestLog } from './request-log'
import { signing } from './sign'
import { operator } from './status'
import { subscriptions } from './subscriptions'
import { trouble } from './trouble'
import { webhook } from './webhook'
import { xWebhook } from './x-webhook'

const api = new Hono<AppEnv>()
  .use(httpsOnly)
  .route('/', signing)
  .route('/', operator)
  .route('/accounts', accounts)
  .route('/accounts', grants)
  .route('/accounts', exchanges)
  .route('/accounts', subscriptions)
  .route('/app', appOnly)
  .route('/callers', callers)
  .route('/endpoints', endpoints)
  .route('/events', events)
  .route('/exports', exported)
  .route('/freeze', freeze)
  .route('/imports', imports)
  .route('/logins', logins)
  .route('/x/webhook', webhook)

/** All routes, and what is answered when one of them fails. */
export const app = new Hono<AppEnv>()
  .use(requestLog, clock, headers, noStore, charset)
  .route('/', browser)
  .route('/problems', problems)
  .route('/v1', api)
  .route('/x/webhook', xWebhook)
  .get('/healthz', async (c) => {
    const set = Object.fromEntries(missingSettings(c))
    const isComplete = Object.keys(set).length === 0
    const state = await health(c.env, c.get('now'))
    const ok = isComplete && isHealthy(state)
    const config = isComplete ? 'complete' : 'incomplete'
    return c.json({ ok, state, config, set }, ok ? 200 : 503)
  })
  .get('/style.css', (c) => file(c, styleSheet, 'text/css; charset=utf-8'))
  .get('/icon.svg', (c) => file(c, icon, 'image/svg+xml'))

app.notFound((c) => {
  const allow = methodsAt(app.routes, c.req.path)
  if (allow === '') return answer(c, new Failure('not_found').data)
  c.header('allow', allow)
  if (c.req.method === 'OPTIONS') return c.body(null, 204)
  return answer(c, new Failure('method_not_allowed').data)
})

app.onError((error, c) => {
  const { failure } = failedWith(error)
  if (!(error instanceof Failure) && failure.code === 'internal')
    log('unexpected', { request: c.get('request'), method: c.req.method, ...errorOf(error) })
  return answer(c, failure)
})

function file(c: Context<AppEnv>, body: string, type: string): Response {
  return c.body(body, 200, { 'content-type': type, 'cache-control': 'public, max-age=3600' })
}

/** Programs get problem documents, people get pages. */
function answer(c: Context<AppEnv>, failure: FailureData) {
  const { path } = c.req
  const forPrograms = path.startsWith('/v1') || path.startsWith('/x/') || path === '/healthz'
  return forPrograms ? problem(c, failure) : trouble(c, failure)
}

import type { Context } from 'hono'
import type { X } from '../env.ts'
import { type App, appNamed } from '../store/apps.ts'
import { findRequestToken, type RequestToken } from '../store/request-tokens.ts'

/** A request token that a user can decide about, or what is wrong with it in words that X keeps to itself. */
export type JudgedToken = { app: App; request: RequestToken } | { hint: string }

/** Judges the `oauth_token` of a page's address, or of its form. */
export function judgeToken(c: Context<X>): JudgedToken {
  const { world, exchange } = c.env
  const token = c.req.query('oauth_token') ?? exchange.form.get('oauth_token')
  if (!token) return { hint: 'oauth_token is missing.' }
  const request = findRequestToken(world, token)
  const app = appNamed(world, 'api_key', request?.api_key)
  if (app.suspended) return { hint: 'The app is suspended.' }
  const hint = request ? unusable(request, app, world.now()) : 'The request token is unknown.'
  return request && hint === undefined ? { app, request } : { hint: hint ?? '' }
}

function unusable(request: RequestToken, app: App, now: number): string | undefined {
  if (request.api_key !== app.api_key) return 'The request token was issued to another API key.'
  if (request.ended === 'denied') return 'The request token was denied before.'
  if (request.verifier !== null) return 'The request token was approved before.'
  return request.expires_at <= now ? 'The request token has expired.' : undefined
}

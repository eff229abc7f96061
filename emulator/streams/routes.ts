import { type Context, Hono } from 'hono'
import { asked } from '../api/asked.ts'
import { guardedFor } from '../api/guard.ts'
import { operation } from '../api/operation.ts'
import { invalidRequest, problem } from '../api/problem.ts'
import { condition } from '../api/search.ts'
import { includesOf, tweetObject } from '../api/tweet-object.ts'
import type { X } from '../env.ts'
import { addRule, listRules, type Rule, removeRules } from '../store/rules.ts'
import { fieldsOf } from '../webhooks/answers.ts'

const STREAM = operation('GET /2/tweets/search/stream')
const RULES = operation('GET /2/tweets/search/stream/rules')
const CHANGE = operation('POST /2/tweets/search/stream/rules')

/** The filtered stream: it stays open, and posts that a rule fits come as they are made. @see X docs, Filtered Stream */
export const streams = new Hono<X>()
  .get('/2/tweets/search/stream', stream)
  .get('/2/tweets/search/stream/rules', (c) =>
    guardedFor(c, RULES, () => {
      const rules = listRules(c.env.world).map(shown)
      const meta = { sent: sentAt(c), result_count: rules.length }
      return c.json(rules.length > 0 ? { data: rules, meta } : { meta })
    }),
  )
  .post('/2/tweets/search/stream/rules', changeRules)

function stream(c: Context<X>): Promise<Response> {
  const { world } = c.env
  return guardedFor(c, STREAM, () => {
    if (world.hub.size > 0)
      return problem(
        429,
        'ConnectionException',
        'This stream is currently at the maximum allowed connection limit.',
      )
    const wanted = asked(c)
    const body = world.hub.open((tweet) => {
      const rules = listRules(world).filter((rule) => condition(world, rule.value).fits(tweet))
      if (rules.length === 0) return undefined
      const data = tweetObject(world, tweet, wanted.tweetFields)
      const matching_rules = rules.map(({ id, tag }) => ({ id: String(id), tag: tag ?? '' }))
      return JSON.stringify({ data, ...includesOf(world, [tweet], wanted), matching_rules })
    })
    // The development server would compress what comes, and hold it back.
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Encoding': 'identity',
    }
    return new Response(body, { headers })
  })
}

function changeRules(c: Context<X>): Promise<Response> {
  const { world, exchange } = c.env
  return guardedFor(c, CHANGE, () => {
    const { add, delete: gone } = fieldsOf(exchange.body) as {
      add?: { value?: unknown; tag?: unknown }[]
      delete?: { ids?: unknown[]; values?: unknown[] }
    }
    if (gone) {
      const which = { ids: (gone.ids ?? []).map(String), values: (gone.values ?? []).map(String) }
      const deleted = removeRules(world, which)
      return c.json({ meta: { sent: sentAt(c), summary: { deleted, not_deleted: 0 } } })
    }
    if (!Array.isArray(add) || !add.every(({ value }) => typeof value === 'string' && value !== ''))
      return invalidRequest('add: rules with a value are needed', {})
    const made = add.flatMap(
      ({ value, tag }) =>
        addRule(world, String(value), tag === undefined ? null : String(tag)) ?? [],
    )
    const summary = {
      created: made.length,
      not_created: add.length - made.length,
      valid: made.length,
      invalid: add.length - made.length,
    }
    return c.json({ data: made.map(shown), meta: { sent: sentAt(c), summary } }, 201)
  })
}

function shown({ id, value, tag }: Rule) {
  return { id: String(id), value, ...(tag === null ? {} : { tag }) }
}

const sentAt = (c: Context<X>): string => new Date(c.env.world.nowMs()).toISOString()

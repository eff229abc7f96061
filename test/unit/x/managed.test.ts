/** What X's answers about webhooks and subscriptions mean. */
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { managedIn } from '../../../src/x/managed'

const NOW = 1_800_000_000
const Schema = v.object({ data: v.object({ id: v.string() }) })
const reply = (status: number, body: unknown, headers = {}) => ({
  status,
  headers: new Headers(headers),
  text: typeof body === 'string' ? body : JSON.stringify(body),
})
/** As X's pages have it. */
const invalid = (message: string) => ({
  errors: [{ message }],
  title: 'Invalid Request',
  detail: 'One or more parameters to your request was invalid.',
  type: 'https://api.twitter.com/2/problems/invalid-request',
})
const problem = (status: number, title: string, detail: string) => ({
  title,
  detail,
  status,
  type: 'about:blank',
})

it('brings what X gives, and what it adds', () => {
  expect(managedIn(reply(200, { data: { id: '1', more: 2 }, meta: {} }), Schema, NOW)).toEqual({
    kind: 'done',
    value: { data: { id: '1' } },
  })
})

it.each([
  [
    'the check failed',
    reply(400, invalid('CrcValidationFailed: URL returned bad response')),
    'webhook_check_failed',
    'CrcValidationFailed',
  ],
  [
    'the address is none',
    reply(400, invalid('UrlValidationFailed: a port')),
    'webhook_url_refused',
    'UrlValidationFailed',
  ],
  [
    'one too many',
    reply(400, invalid('WebhookLimitExceeded: 1')),
    'webhook_limit',
    'WebhookLimitExceeded',
  ],
  [
    'none of ours',
    reply(400, invalid('WebhookIdInvalid: No webhook 1')),
    'webhook_missing',
    'WebhookIdInvalid',
  ],
  [
    'it is there',
    reply(400, invalid('DuplicateUrlFailed: This app has it')),
    'x_refused',
    'DuplicateUrlFailed',
  ],
  [
    'a replay runs',
    reply(409, problem(409, 'Conflict', 'ReplayConflictError: A job is running')),
    'replay_running',
    'ReplayConflictError',
  ],
  [
    'a duplicate',
    reply(409, problem(409, 'Conflict', 'DuplicateSubscription: post.create 1')),
    'x_refused',
    'DuplicateSubscription',
  ],
  [
    'a token that X refuses',
    reply(401, problem(401, 'Unauthorized', 'Unauthorized')),
    'x_refused',
    undefined,
  ],
  [
    'not permitted',
    reply(403, problem(403, 'Forbidden', 'You are not permitted to subscribe')),
    'x_refused',
    undefined,
  ],
  [
    'the plan',
    reply(403, { title: 'Client Forbidden', reason: 'client-not-enrolled', detail: 'no' }),
    'plan_refused',
    undefined,
  ],
  [
    'too often',
    reply(429, problem(429, 'Too Many Requests', 'Too Many Requests'), { 'retry-after': '30' }),
    'x_rate_limited',
    undefined,
  ],
  ['X is down', reply(503, '<html>'), 'x_unreachable', undefined],
  ['X did not answer', reply(0, ''), 'x_unreachable', undefined],
  ['a yes of another shape', reply(200, { data: [] }), 'x_unreachable', undefined],
  ['a yes that is a page', reply(200, '<html>'), 'x_unreachable', undefined],
  ['a redirect', reply(302, ''), 'x_unreachable', undefined],
])('%s', (_, answer, code, reason) => {
  expect(managedIn(answer, Schema, NOW)).toMatchObject({
    kind: 'no',
    status: answer.status,
    reason,
    failure: { code },
  })
})

it('says how long X asks to wait, and what heals a bearer that X refuses', () => {
  const late = managedIn(reply(429, '', { 'retry-after': '30' }), Schema, NOW)
  expect(late).toMatchObject({ failure: { retryAfter: 30 } })
  const dead = managedIn(reply(401, problem(401, 'Unauthorized', 'no')), Schema, NOW)
  expect(dead).toMatchObject({
    failure: { detail: expect.stringContaining('DELETE /v1/app/token') },
  })
})

/** X's errors outside OAuth 2.0, in each of the forms they come in. */
import { describe, expect, it } from 'vitest'
import { judgeTrouble, readTrouble } from '../../../src/x/trouble'

const reply = (status: number, text: string, headers: Record<string, string> = {}) => ({
  status,
  text,
  headers: new Headers(headers),
})
const coded = (code: number, message: string): string =>
  JSON.stringify({ errors: [{ code, message }] })
const XML_415 =
  "<?xml version='1.0' encoding='UTF-8'?><errors><error code=\"415\">Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application settings</error></errors>"
const NOT_ENROLLED = JSON.stringify({
  client_id: '1',
  detail: 'When authenticating requests to the Twitter API v2 endpoints, you must use keys …',
  title: 'Client Forbidden',
  required_enrollment: 'Appropriate Level of API Access',
  reason: 'client-not-enrolled',
  type: 'https://api.twitter.com/2/problems/client-forbidden',
})
const UNSUPPORTED = JSON.stringify({
  title: 'Unsupported Authentication',
  detail: 'Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.',
  type: 'https://api.twitter.com/2/problems/unsupported-authentication',
  status: 403,
})

describe('each code has a cure in words', () => {
  it.each<[string, number, string, string, RegExp]>([
    [
      '32',
      401,
      coded(32, 'Could not authenticate you.'),
      'app_credentials_refused',
      /X_API_SECRET/,
    ],
    ['64', 403, coded(64, 'Your account is suspended'), 'user_blocked', /suspended/],
    [
      '99',
      403,
      coded(99, 'Unable to verify your credentials'),
      'app_credentials_refused',
      /copy both/,
    ],
    ['135', 401, coded(135, 'Timestamp out of bounds.'), 'clock_wrong', /clock/],
    ['215', 400, coded(215, 'Bad Authentication data.'), 'app_credentials_refused', /X_API_KEY/],
    [
      '220',
      403,
      coded(220, 'Your credentials do not allow access to this resource'),
      'wrong_auth_type',
      /user’s token/,
    ],
    ['326', 403, coded(326, 'To protect our users …'), 'user_blocked', /unlocks/],
    [
      '415 as JSON',
      403,
      coded(415, 'Callback URL not approved for this client application.'),
      'callback_refused',
      /exactly/,
    ],
    ['415 as XML', 403, XML_415, 'callback_refused', /exactly/],
    [
      '416',
      401,
      coded(416, 'Invalid / suspended application'),
      'app_credentials_refused',
      /suspended/,
    ],
    [
      '417',
      401,
      coded(417, "Desktop applications only support the oauth_callback value 'oob'"),
      'callback_refused',
      /PIN/,
    ],
    ['453', 403, coded(453, 'You currently have access to a subset …'), 'plan_refused', /plan/],
    ['client-not-enrolled', 403, NOT_ENROLLED, 'plan_refused', /Pay-per-use/],
    ['unsupported-authentication', 403, UNSUPPORTED, 'wrong_auth_type', /kind of token/],
    [
      'CreditsDepleted',
      402,
      JSON.stringify({ title: 'CreditsDepleted' }),
      'plan_refused',
      /credits/,
    ],
  ])('%s', (_, status, text, failure, cure) => {
    const outcome = judgeTrouble(reply(status, text), 0)
    expect(outcome).toMatchObject({ kind: 'app', failure })
    expect(outcome.words).toMatch(cure)
    expect(outcome.words).toMatch(new RegExp(`^X answered ${status}`))
  })
})

describe('what a token or a verifier is to blame for', () => {
  it.each([
    ['89', 401, coded(89, 'Invalid or expired token.'), 'token'],
    [
      'a wrong verifier',
      401,
      'Error processing your OAuth request: Invalid oauth_verifier parameter',
      'verifier',
    ],
  ])('%s', (_, status, text, what) => {
    expect(judgeTrouble(reply(status, text), 0)).toMatchObject({ kind: 'refused', what })
  })
})

describe('what nobody knows the meaning of', () => {
  it.each([
    ['a web page', 500, '<!DOCTYPE html><html>…</html>'],
    ['a web page that is a 403', 403, '<html>…</html>'],
    ['another code', 403, coded(87, 'Client is not permitted to perform this action.')],
    ['plain text', 401, 'Reverse auth credentials are invalid'],
    ['a form', 400, 'error=what&ever=1'],
    ['nothing', 401, ''],
    ['broken JSON', 403, '{"errors":[{"co'],
    ['a JSON list', 403, '[]'],
    ['odd JSON', 403, '{"errors":[null]}'],
    ['errors that is no list', 403, '{"errors":{"code":32}}'],
    ['a known code in a 500', 500, coded(89, 'Invalid or expired token.')],
    ['a known code in a 200', 200, coded(32, 'Could not authenticate you.')],
    ['a word of our language, not of X’s', 403, JSON.stringify({ reason: 'toString' })],
    ['no answer', 0, ''],
  ])('%s', (_, status, text) => {
    expect(judgeTrouble(reply(status, text), 0).kind).toBe('unknown')
  })
})

it('429 waits for the reset that X names', () => {
  const headers = { 'x-rate-limit-reset': '1090' }
  expect(judgeTrouble(reply(429, '', headers), 1000)).toMatchObject({
    kind: 'later',
    retryAfter: 90,
  })
})

it('shows X’s words, but nothing in them that could be a secret', () => {
  const { words } = readTrouble(reply(401, `The token ${'s3cr3t'.repeat(8)} is bad`))
  expect(words).toBe('X answered 401: The token … is bad.')
})

/** X's errors outside OAuth 2.0, in each of the forms they come in. */
import { describe, expect, it } from 'vitest'
import { judgeTrouble, readTrouble, saysRefused } from '../../../src/x/trouble'

const reply = (status: number, text: string, headers: Record<string, string> = {}) => ({
  status,
  text,
  headers: new Headers(headers),
})
const coded = (code: number, message: string): string =>
  JSON.stringify({ errors: [{ code, message }] })
const XML_415 =
  "<?xml version='1.0' encoding='UTF-8'?><errors><error code=\"415\">Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application settings</error></errors>"
const NO_DESKTOP = "Desktop applications only support the oauth_callback value 'oob'"
const NOT_APPROVED =
  'Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application settings'
/** As X sends it: no number, another root than 415 has. */
const XML_417 = `<?xml version="1.0" encoding="UTF-8"?>
<hash>
  <error>${NO_DESKTOP}</error>
  <request>/oauth/request_token</request>
</hash>
`
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
    expect(outcome.message).toMatch(cure)
    expect(outcome.message).toMatch(new RegExp(`^X answered ${status}`))
  })
})

describe('what X means, in whatever form it says so', () => {
  const apos = (text: string, as: string) => text.replaceAll("'", as)
  it.each<[string, string, string, RegExp]>([
    ['417 as X sends it', XML_417, 'callback_refused', /PIN/],
    [
      'with entities',
      `<hash><error>${apos(NO_DESKTOP, '&apos;')}</error></hash>`,
      'callback_refused',
      /'oob'.*PIN/,
    ],
    [
      'with entities by number',
      `<hash><error>${apos(NO_DESKTOP, '&#39;')}</error></hash>`,
      'callback_refused',
      /'oob'.*PIN/,
    ],
    [
      'with entities by hex number',
      `<hash><error>${apos(NO_DESKTOP, '&#x27;')}</error></hash>`,
      'callback_refused',
      /'oob'.*PIN/,
    ],
    [
      'as CDATA',
      `<hash><error><![CDATA[${NO_DESKTOP}]]></error></hash>`,
      'callback_refused',
      /'oob'.*PIN/,
    ],
    [
      'as CDATA with space around',
      `<hash><error>\n <![CDATA[${NO_DESKTOP}]]>\n</error></hash>`,
      'callback_refused',
      /PIN/,
    ],
    [
      'over two lines',
      `<hash><error>\n${NO_DESKTOP.replace(' only', '\n  only')}</error></hash>`,
      'callback_refused',
      /PIN/,
    ],
    [
      'with attributes, and no number',
      `<errors><error lang="en" type='x'>${NO_DESKTOP}</error></errors>`,
      'callback_refused',
      /PIN/,
    ],
    [
      'with the number among other attributes',
      `<errors><error lang='en' code='417' >Whatever</error></errors>`,
      'callback_refused',
      /code 417.*PIN/,
    ],
    [
      'with elements for number and message',
      `<errors><error><code>417</code><message>Whatever</message></error></errors>`,
      'callback_refused',
      /code 417.*Whatever.*PIN/,
    ],
    ['without a declaration', `<error>${NO_DESKTOP}</error>`, 'callback_refused', /PIN/],
    ['in capitals', `<HASH><ERROR>${NO_DESKTOP}</ERROR></HASH>`, 'callback_refused', /PIN/],
    ['417 as plain text', NO_DESKTOP, 'callback_refused', /PIN/],
    ['415 as plain text', NOT_APPROVED, 'callback_refused', /exactly/],
    [
      '415 in the other root',
      `<hash><error>${NOT_APPROVED}</error></hash>`,
      'callback_refused',
      /exactly/,
    ],
    [
      'JSON as the other root would be',
      JSON.stringify({ request: '/oauth/request_token', error: NO_DESKTOP }),
      'callback_refused',
      /PIN/,
    ],
    [
      'JSON with a text for errors',
      JSON.stringify({ errors: NO_DESKTOP }),
      'callback_refused',
      /PIN/,
    ],
    [
      'JSON with a list of texts',
      JSON.stringify({ errors: [NO_DESKTOP] }),
      'callback_refused',
      /PIN/,
    ],
    [
      'JSON without a number',
      JSON.stringify({ errors: [{ message: NOT_APPROVED }] }),
      'callback_refused',
      /exactly/,
    ],
    [
      'JSON with the number as a text',
      JSON.stringify({ errors: [{ code: '417', message: 'Whatever' }] }),
      'callback_refused',
      /code 417.*PIN/,
    ],
    [
      'JSON with a number of its own',
      JSON.stringify({ errors: [{ code: 99_999, message: NOT_APPROVED }] }),
      'callback_refused',
      /exactly/,
    ],
    [
      'JSON with one error',
      JSON.stringify({ error: { code: 415, message: 'Whatever' } }),
      'callback_refused',
      /exactly/,
    ],
    [
      'a problem document with the text alone',
      JSON.stringify({ title: 'Forbidden', detail: NOT_APPROVED, status: 403 }),
      'callback_refused',
      /exactly/,
    ],
    [
      'credentials, as plain text',
      'Could not authenticate you',
      'app_credentials_refused',
      /X_API_SECRET/,
    ],
    [
      'credentials, in X’s older words',
      'Failed to validate oauth signature and token',
      'app_credentials_refused',
      /X_API_SECRET/,
    ],
    ['the clock', '<hash><error>Timestamp out of bounds</error></hash>', 'clock_wrong', /clock/],
    [
      'the app',
      JSON.stringify({ error: 'Invalid / suspended application' }),
      'app_credentials_refused',
      /suspended/,
    ],
    [
      'the user',
      '<hash><error>Your account is suspended</error></hash>',
      'user_blocked',
      /account/,
    ],
  ])('%s', (_, text, failure, message) => {
    const outcome = judgeTrouble(reply(401, text), 0)
    expect(outcome).toMatchObject({ kind: 'app', failure })
    expect(outcome.message).toMatch(message)
  })
})

describe('what X says in words that nobody knows: it did not act, so nothing is sent again', () => {
  it.each([
    ['another code', 403, coded(87, 'Client is not permitted to perform this action.')],
    ['another code without words', 403, JSON.stringify({ errors: [{ code: 87 }] })],
    ['plain text', 401, 'Reverse auth credentials are invalid'],
    ['a form', 400, 'error=what&ever=1'],
    ['XML', 403, '<hash><error>No.</error></hash>'],
    ['an error of OAuth 2.0', 400, JSON.stringify({ error: 'odd', error_description: 'Words.' })],
    ['a problem document', 403, JSON.stringify({ title: 'Forbidden', status: 403 })],
    ['a known text in the middle of others', 403, `We do not say: ${NO_DESKTOP}`],
  ])('%s', (_, status, text) => {
    expect(judgeTrouble(reply(status, text), 0).kind).toBe('declined')
  })
})

describe('what a token or a verifier is to blame for', () => {
  it.each([
    ['89', 401, coded(89, 'Invalid or expired token.'), 'token'],
    ['89 without its number', 401, '<hash><error>Invalid / expired Token</error></hash>', 'token'],
    [
      'a wrong verifier in XML',
      401,
      '<hash><error>Invalid oauth_verifier parameter</error></hash>',
      'verifier',
    ],
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
    ['plain text without words', 401, '401\n'],
    ['XML that is no error', 403, '<?xml version="1.0"?><answer>no</answer>'],
    ['an empty error', 403, '<errors><error></error></errors>'],
    ['an error that broke off', 403, '<errors><error code="415">Callback URL not appro'],
    ['over capacity', 403, coded(130, 'Over capacity')],
    ['a request that came too slowly', 408, 'Request Timeout'],
    ['a known text in a 500', 500, XML_417],
    ['a known text in a web page', 403, `<html><body>${NO_DESKTOP}</body></html>`],
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

it('a reply without end is not walked over again and again', () => {
  const began = performance.now()
  judgeTrouble(reply(403, '<error>'.repeat(200_000)), 0)
  judgeTrouble(reply(403, `<error>${'<![CDATA['.repeat(200_000)}</error>`), 0)
  expect(performance.now() - began).toBeLessThan(1000)
})

it('shows X’s words, but nothing in them that could be a secret', () => {
  const { message } = readTrouble(reply(401, `The token ${'s3cr3t'.repeat(8)} is bad`))
  expect(message).toBe('X answered 401: The token … is bad.')
})

// A gateway's page, or a clock that is wrong, ended a grant that X took.
it.each([
  ['X’s own words', 401, JSON.stringify({ title: 'Unauthorized', status: 401 }), true],
  ['a token that has ended', 401, coded(89, 'Invalid or expired token.'), true],
  ['a signature that does not fit', 403, coded(32, 'Could not authenticate you.'), true],
  ['a page', 401, '<html><h1>401 Authorization Required</h1></html>', false],
  ['nothing', 401, '', false],
  ['a clock that is wrong', 401, coded(135, 'Timestamp out of bounds.'), false],
  ['a user who is suspended', 403, coded(64, 'Your account is suspended.'), false],
])('what a call was signed with, and %s', (_, status, text, isRefused) => {
  expect(saysRefused(readTrouble(reply(status, text)).message)).toBe(isRefused)
})

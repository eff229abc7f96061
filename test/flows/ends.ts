/** Every way a login can end but well: what goes wrong, and what Perch must say about it. */
import { type Emulator, ME, TOKEN } from './emulators.ts'

export interface End {
  name: string
  status: number
  code: string
  /** Whether the login stays open until X is well again. */
  open: boolean
  /** Whether the true callback completes it: it does, unless it brings the same answer. */
  again: boolean
  /** What a program hears instead, which reads what was pasted more strictly. */
  inProgram?: string
  cancel: boolean
  /** What goes wrong at X, between consent and callback. */
  at: (x: Emulator) => Promise<unknown>
  /** What becomes of the callback on its way. */
  alter: (callback: URL) => void
  /** The code is another login's, whose challenge our verifier does not fit. */
  mixUp: boolean
}

type Wrong = Partial<Omit<End, 'name' | 'status' | 'code' | 'open' | 'again'>>

const right = { cancel: false, at: async () => {}, alter: () => {}, mixUp: false }

const made =
  (open: boolean, again: boolean) => (code: string, status: number, ways: Record<string, Wrong>) =>
    Object.entries(ways).map(
      ([name, wrong]): End => ({ ...right, name, status, code, open, again, ...wrong }),
    )

/** The same callback gets the same answer for ever. */
const ends = made(false, false)
/** The login has failed, until the true answer comes. */
const fails = made(false, true)
/** Nothing is lost. */
const waits = made(true, true)

const fault = (kind: string, path = TOKEN, times = 1): Wrong => ({
  at: (x) => x.fault(kind, path, times),
})
const reply = (error: string, error_description = '', times = 1): Wrong =>
  fault(
    `reply:${JSON.stringify({ status: 400, body: { error, error_description } })}`,
    TOKEN,
    times,
  )
const me = (kind: string): Wrong => fault(kind, ME, 9)
const app = (changes: Record<string, unknown>): Wrong => ({ at: (x) => x.app(changes) })
const alter = (change: (query: URLSearchParams) => void): Wrong => ({
  alter: (url) => change(url.searchParams),
})
const set = (name: string, value: string): Wrong => alter((query) => query.set(name, value))
const add = (name: string, value: string): Wrong => alter((query) => query.append(name, value))
const drop = (name: string): Wrong => alter((query) => query.delete(name))
const search = (text: string): Wrong => ({
  alter: (url) => {
    url.search = text
  },
})

export const ENDS: End[] = [
  ...ends('login_cancelled', 403, { 'the user says no': { cancel: true } }),
  ...ends('code_refused', 400, {
    'code over 30 seconds old': { at: (x) => x.advance(31) },
    'invalid_grant, which X was never seen to say': reply('invalid_grant'),
  }),
  ...fails('code_refused', 400, { 'code of nobody': set('code', 'junk') }),
  ...fails('pkce_refused', 400, { 'code of another login': { mixUp: true } }),
  ...ends('redirect_uri_refused', 502, {
    'callback URL not registered': reply(
      'invalid_request',
      'Value passed for the redirect uri did not match the uri of the authorization code.',
    ),
  }),
  ...ends('login_reply_lost', 502, {
    'X drops both tries': fault('drop_before', TOKEN, 2),
    'X’s reply is lost': fault('drop_after_commit'),
    'X answers HTML': fault('html', TOKEN, 2),
    'X answers 200 with HTML': fault('html:200', TOKEN, 2),
    'X answers 500': fault('status:500', TOKEN, 2),
    'X has trouble of its own': reply('server_error', 'Something broke.', 2),
  }),
  ...ends('login_refused_by_x', 502, {
    'X answers a 400 nobody knows': reply('odd', 'Nobody knows.'),
    'X finds our request wrong': reply('invalid_request', 'Missing required parameter [code].'),
  }),
  ...waits('x_rate_limited', 503, {
    'X asks to wait': fault('status:429:{"reset_in":-400,"retry_after":5}'),
  }),
  ...waits('login_unfinished', 503, {
    'users/me answers 503': me('status:503'),
    'users/me answers 401': me('status:401'),
    'users/me answers 429, and says no time': me('status:429:{"reset_in":-400}'),
    'users/me answers 200 with HTML': me('html:200'),
    'users/me answers JSON of another shape': me('reply:{"body":{"data":{"id":"0"}}}'),
    'users/me breaks off': me('drop_before'),
  }),
  ...waits('app_credentials_refused', 502, {
    'client secret wrong': app({ client_secret: 'another' }),
    'app suspended': app({ suspended: true }),
  }),
  ...fails('login_refused_by_x', 502, {
    'X sends an error': alter((query) => {
      query.delete('code')
      query.set('error', 'invalid_scope')
    }),
  }),
  ...waits('x_unreachable', 503, {
    'X has trouble': alter((query) => {
      query.delete('code')
      query.set('error', 'temporarily_unavailable')
    }),
  }),
  ...waits('callback_malformed', 400, {
    'code and error': set('error', 'access_denied'),
    'code twice': add('code', 'c'),
    'state twice': add('state', 's'),
    'error twice': search('?error=a&error=b'),
    'no code': drop('code'),
    'empty code': set('code', ''),
    'no state': drop('state'),
    nothing: { ...search(''), inProgram: 'request_malformed' },
    '10 kB of junk beside': {
      ...add('junk', 'x'.repeat(10_000)),
      inProgram: 'request_malformed',
    },
    'a code of 2 kB': set('code', 'x'.repeat(2000)),
    'a state of 1 kB': set('state', 'x'.repeat(1000)),
    'bytes that are no text': search('?%ff%00=%f0%28&state=%c3'),
  }),
]

/**
 * Every log line there is: what its fields are, and what it means. `log` takes nothing else, and docs/log-events.md is
 * printed from it. The Worker needs the types alone; none of these sentences is in its bundle.
 */

const text = (means: string) => ({ kind: 'text', means }) as const
const number = (means: string) => ({ kind: 'number', means }) as const
const flag = (means: string) => ({ kind: 'flag', means }) as const
const texts = (means: string) => ({ kind: 'texts', means }) as const

/** What a field holds, wherever it stands: one name, one meaning. None ever holds a token, code, key, proof, ticket or cookie. */
export const LOG_FIELDS = {
  account: text('an X user id'),
  accounts: number('how many accounts'),
  again: text('the caller that brought the proof once more'),
  at: text('where an unexpected error was thrown'),
  because: text('why a token was asked for: `lease`, `rejected` or `forced`'),
  broken: texts('what does not hold, a sentence for each thing'),
  by: text(
    'the caller that spent the proof first; which way X took to end the bearer; or what took scopes away: `login`, `import`, `refresh` or `exchange`',
  ),
  already: number('how many lines brought what was here before'),
  characters: number('how many characters'),
  caller: text(
    '`admin`, or the id of a caller key. Without it no key was sent, or it was not valid',
  ),
  callers: number('how many callers'),
  code: text('a failure’s code, as in docs/api.md'),
  credentials: text('`good`, `bad` or `unknown`'),
  degraded: text('why the token that was leased is the last one for now'),
  due: number('how many accounts were due'),
  endpoint: text('the id of an endpoint'),
  events: number('how many events'),
  ended: flag('whether X has ended it'),
  error: text('an unexpected error’s class'),
  failed: number('how many lines came to nothing, or not to all that they bring'),
  frozen: flag('no refresh leaves from now on'),
  generation: number('the generation of the account’s OAuth 2.0 grant'),
  how: text('`adopt`, `already`, `superseded`, `disconnected`, `unwanted` or `not_connected`'),
  imported: number('how many lines brought a grant'),
  interrupted: flag('the sweep ended in the middle'),
  kind: text('a kind of grant'),
  last: flag('the export is complete with it'),
  limited: flag('the caller is limited to some accounts'),
  listed: number('how many accounts the sweep saw'),
  login: text('a login’s id'),
  lost: texts('scopes that an account had and lacks now'),
  message: text('X’s own words, with whatever looks like a token cut out'),
  messages: number('how many messages'),
  method: text('the method of a request'),
  nonconformity: text('how X’s reply differs from what the RFCs say'),
  obstacle: text('why no refresh may leave: a failure’s code'),
  oldest_lateness_seconds: number('for how long the account that is due the longest has been due'),
  other_caller: text(
    'the caller that was looked at, made, changed or ended, or that a record is of',
  ),
  outcome: text('what X’s answer means'),
  proof: text('`shown` where the request brought a proof'),
  quarantined: flag('the grant is somebody else’s'),
  queued: number('how many accounts were put into the queue'),
  reason: text('why refreshes are, or were, halted, or why an endpoint was switched off'),
  records: number('how many accounts or callers'),
  refused: number('how many ways X refused'),
  request: text(
    'the request’s id, as in the answer’s header `Perch-Request-Id`; on Cloudflare it is the Ray ID',
  ),
  retry_after: number('seconds'),
  revoked: flag('whether X confirmed'),
  route: text(
    'the pattern of the route, never the address itself; absent where there is no such route',
  ),
  scopes: texts('what the caller may do'),
  seconds: number('how long X asked to wait, or how much longer a halt lasts'),
  setting: text('the name of a setting'),
  signature: text('`none` where there was no header of X’s, `wrong` where it did not fit'),
  status: number('the HTTP status of the answer'),
  tries: number('how often this event was sent there'),
  stored: flag('the log of events has it'),
  type: text('the type of an event'),
  valid: flag('X delivers to our webhook'),
} as const

type FieldName = keyof typeof LOG_FIELDS
interface Described {
  about: 'requests' | 'logins' | 'accounts' | 'callers' | 'sweep' | 'app' | 'events' | 'kv'
  /** A question mark ends the name of a field that may be missing. */
  fields: readonly (FieldName | `${FieldName}?`)[]
  means: string
}

/** Every event, what it carries and what it means. */
export const LOG_EVENTS = {
  request: {
    about: 'requests',
    fields: [
      'request',
      'method',
      'route?',
      'status',
      'code?',
      'caller?',
      'account?',
      'login?',
      'other_caller?',
      'endpoint?',
      'kind?',
      'because?',
      'generation?',
      'degraded?',
      'proof?',
    ],
    means:
      'who did what: one line for each call of the API, each step of a login in a browser, and each refusal anywhere. `account` is named once the key is known to be valid, and so may be one that the caller was refused',
  },
  imported: {
    about: 'requests',
    fields: ['caller', 'imported', 'already', 'failed'],
    means:
      'the lines of an import were answered; where whoever sent them left, as far as they were',
  },
  unexpected: {
    about: 'requests',
    fields: ['request?', 'method', 'error', 'at?'],
    means: 'a request failed in a way nobody thought of; it was answered 500 `internal`',
  },

  login_exchange: {
    about: 'logins',
    fields: ['login', 'outcome', 'message?', 'nonconformity?'],
    means: 'X was sent a code or verifier, and what it answered',
  },
  login_adopted: {
    about: 'logins',
    fields: ['login', 'account', 'how'],
    means: 'the account’s object was offered the grant',
  },
  login_complete: {
    about: 'logins',
    fields: ['login', 'account', 'how'],
    means: 'somebody is connected',
  },
  login_failed: {
    about: 'logins',
    fields: ['login', 'code'],
    means:
      'an answer to the login came to nothing; `login_given_back` follows where X gave a grant for it',
  },
  login_interrupted: {
    about: 'logins',
    fields: ['login?', 'error', 'at?'],
    means: 'something else failed; a grant that X gave stays, and is seen to again',
  },
  login_unfinished: {
    about: 'logins',
    fields: ['login', 'message'],
    means:
      'X did not say whose the grant is, or the account could not be stored; the object tries again',
  },
  login_renewed: {
    about: 'logins',
    fields: ['login', 'outcome'],
    means:
      'the pair of a login that is unfinished was refreshed, since its access token had expired',
  },
  login_identity_unknown: {
    about: 'logins',
    fields: ['login'],
    means: 'X did not say for a day whose the grant is, and the login was given up',
  },
  login_given_back: {
    about: 'logins',
    fields: ['login', 'revoked'],
    means: 'nobody may have the grant: whether X took it back',
  },
  login_not_stored: {
    about: 'logins',
    fields: ['login', 'error', 'at?'],
    means: 'the login’s object could not write; it tries again from memory',
  },
  pending_not_stored: {
    about: 'logins',
    fields: ['login', 'error', 'at?'],
    means:
      'KV did not take a login that a browser began: its cookie is enough to complete it, but its status is unknown until then',
  },
  login_proof_spent: {
    about: 'logins',
    fields: ['login', 'by?', 'again'],
    means:
      'a proof was brought that had been spent. If `by` and `again` are two callers, somebody passed the proof on, or took it; the same one asked again after a minute',
  },

  exchange: {
    about: 'accounts',
    fields: ['account', 'outcome', 'generation?', 'message?', 'nonconformity?'],
    means:
      'one answer of X to an exchange of an OAuth 1.0a token: as of `refresh`, or `unavailable`, and X exchanges none for this app',
  },
  refresh: {
    about: 'accounts',
    fields: ['account', 'outcome', 'generation?', 'message?', 'nonconformity?'],
    means:
      'one answer of X: `granted`, `refused`, `later`, `declined`, `app` or `unknown`; or `not_sent`, and X was not asked',
  },
  refresh_not_made: {
    about: 'accounts',
    fields: ['account?', 'code', 'error', 'at?'],
    means: 'something failed before the token was sent',
  },
  refresh_not_stored: {
    about: 'accounts',
    fields: ['account', 'error', 'at?'],
    means: '**loud**: the new pair is in memory alone, since the object could not write it',
  },
  record_stored_late: {
    about: 'accounts',
    fields: ['account'],
    means: 'what could not be written before is written now',
  },
  record_not_stored: {
    about: 'accounts',
    fields: ['account', 'error', 'at?'],
    means: 'another step could not be written, or not yet',
  },
  record_invariant_broken: {
    about: 'accounts',
    fields: ['account', 'broken?', 'error?', 'at?'],
    means:
      'a record is not as every record must be, or could not be judged; it is written all the same. Please report it',
  },
  refresh_not_settled: {
    about: 'accounts',
    fields: ['account', 'error', 'at?'],
    means: 'the answer stands; telling the app’s object or KV failed, and is done later',
  },
  refresh_interrupted: {
    about: 'accounts',
    fields: ['account', 'generation'],
    means: 'the object had died during a refresh; its outcome is in doubt',
  },
  refresh_dropped: {
    about: 'accounts',
    fields: ['account?', 'outcome'],
    means:
      'an answer of X came that no refresh waits for any more: the grant it was for is not there, or another refresh began since',
  },
  carrier_broke: {
    about: 'accounts',
    fields: ['account?', 'error', 'at?'],
    means:
      'the carrier that called X for the account’s object broke off, or was not reached. Its answer may come yet; if not, the outcome is in doubt once the journal is 120 seconds old',
  },
  carrier_failed: {
    about: 'accounts',
    fields: ['account', 'error', 'at?'],
    means: 'something failed in the carrier after the token was sent; the outcome is in doubt',
  },
  refresh_not_delivered: {
    about: 'accounts',
    fields: ['account', 'error', 'at?'],
    means: 'the account’s object did not take X’s answer; the carrier offers it again',
  },
  refresh_undelivered: {
    about: 'accounts',
    fields: ['account', 'outcome'],
    means:
      '**loud**: no object of the account took X’s answer for two minutes, and it was dropped. A new pair in it is lost',
  },
  scope_reduced: {
    about: 'accounts',
    fields: ['account', 'by', 'lost'],
    means: 'the account can do less than before: its programs will be refused by X',
  },
  import_reverted: {
    about: 'accounts',
    fields: ['account'],
    means: 'an imported pair was of no use; the grant before it is back',
  },
  grant_confirmed: {
    about: 'accounts',
    fields: ['account', 'kind', 'quarantined'],
    means: 'X said whose an imported grant is',
  },
  use_not_noted: {
    about: 'accounts',
    fields: ['account?', 'error', 'at?'],
    means:
      'the account’s object did not note that a program uses the account. It is told again; if nobody reaches it for a day and a half, the account’s next lease refreshes first',
  },
  account_disconnected: {
    about: 'accounts',
    fields: ['account', 'revoked'],
    means: 'a DELETE is done',
  },
  storage_newer: {
    about: 'accounts',
    fields: ['account?', 'login?'],
    means:
      'a later version of Perch wrote this record; this one leaves it alone and looks again in five minutes',
  },
  account_unreachable: {
    about: 'accounts',
    fields: ['account', 'error?', 'at?'],
    means: 'Cloudflare could not reach the account’s object',
  },

  callers_adopted: {
    about: 'callers',
    fields: ['callers'],
    means:
      'the first start with the object `Registry`: the callers of the build before were taken over from KV, and from now on KV’s unsealed records count for nothing',
  },
  caller_adopted: {
    about: 'callers',
    fields: ['other_caller', 'scopes', 'limited'],
    means:
      'one of the callers that were taken over. **Read these once**: one that you did not make was made by somebody who can write your KV. End it',
  },
  caller_record_unsealed: {
    about: 'callers',
    fields: ['other_caller'],
    means:
      '**loud**: a key was shown that fits no caller, and KV has an unsealed record under its id. It was refused. Somebody can write your KV, or the build before this one made that caller while this one was being deployed: then make it again',
  },
  caller_record_unreadable: {
    about: 'callers',
    fields: ['other_caller'],
    means:
      'KV’s copy of a caller does not open in its place, or what was to be taken over is no caller. The object `Registry` is asked instead',
  },
  caller_copy_failed: {
    about: 'callers',
    fields: ['other_caller', 'error?', 'at?'],
    means: 'KV refused a caller’s copy, or did not answer in 30 seconds; the object tells it again',
  },
  registry_unreachable: {
    about: 'callers',
    fields: ['error', 'at?'],
    means: 'the object `Registry` could not be reached',
  },

  sweep_without_callers: {
    about: 'sweep',
    fields: ['error', 'at?'],
    means:
      'a sweep could not learn what the callers’ copies are sealed with; until one does, no old sealing key is called dispensable',
  },
  sweep_without_events: {
    about: 'sweep',
    fields: ['error', 'at?'],
    means:
      'a sweep could not learn what the log of events is sealed with; until one does, no old sealing key is called dispensable',
  },
  sweep: {
    about: 'sweep',
    fields: ['listed', 'due', 'queued', 'oldest_lateness_seconds', 'interrupted?'],
    means: 'one sweep is through, or ended in the middle',
  },
  sweep_newer: {
    about: 'sweep',
    fields: ['accounts'],
    means: 'so many accounts of a page were written by a later version of Perch, and left alone',
  },
  sweep_obstacle: {
    about: 'sweep',
    fields: ['code', 'retry_after?'],
    means: 'it queues nothing, since refreshes are halted, paused or held back',
  },
  sweep_interrupted: {
    about: 'sweep',
    fields: ['error', 'at?'],
    means: 'why it ended in the middle',
  },
  sweep_message: {
    about: 'sweep',
    fields: ['accounts', 'obstacle?'],
    means: 'a batch was worked off, or not since `obstacle`',
  },
  queue_refused: {
    about: 'sweep',
    fields: ['messages', 'error', 'at?'],
    means: 'the queue took no messages; the next sweep finds the same accounts',
  },
  queue_message_unknown: {
    about: 'sweep',
    fields: [],
    means: 'a message of no known form was ignored',
  },

  app_halted: {
    about: 'app',
    fields: ['reason', 'message'],
    means: 'no refresh leaves from now on',
  },
  app_halt_longer: {
    about: 'app',
    fields: ['seconds'],
    means: 'X refused an account that was tried again, so the halt lasts so much longer',
  },
  app_canaries: {
    about: 'app',
    fields: ['accounts'],
    means:
      'the time of a halt for refusals has come: so many of the accounts that X refused are tried, and what X says of them decides',
  },
  app_breaker_opened: {
    about: 'app',
    fields: ['message'],
    means:
      'X left five of the last ten refreshes without a usable answer: only accounts whose token has expired are tried, when a caller asks',
  },
  app_breaker_closed: {
    about: 'app',
    fields: [],
    means: 'X answers refreshes again, and they go on at a pace',
  },
  app_probed: {
    about: 'app',
    fields: ['credentials', 'message?'],
    means: 'X was asked whether it takes the app',
  },
  app_resumed: {
    about: 'app',
    fields: ['reason'],
    means: 'the halt for this reason is over',
  },
  app_freeze: {
    about: 'app',
    fields: ['frozen'],
    means: 'the operator froze all refreshes, or ended that',
  },
  exchange_unavailable: {
    about: 'app',
    fields: ['message'],
    means:
      'X exchanges no OAuth 1.0a tokens for this app, though they are good: API key and client id may be of two apps',
  },
  app_paused: { about: 'app', fields: ['seconds'], means: 'X asked to wait' },
  app_not_stored: {
    about: 'app',
    fields: ['error', 'at?'],
    means:
      'the object `App` could not write what it knows of halts and of the last ten minutes; it goes on from memory',
  },
  app_unanswered: {
    about: 'app',
    fields: [],
    means: 'the object `App` did not answer in three seconds',
  },
  endpoint_not_woken: {
    about: 'events',
    fields: ['endpoint', 'error', 'at?'],
    means: 'an endpoint’s object could not be told of a new event; it is told again in 30 seconds',
  },
  events_not_made: {
    about: 'events',
    fields: ['account', 'error', 'at?'],
    means: 'what a change of an account means to others could not be told: a fault of ours',
  },
  delivery_failed: {
    about: 'events',
    fields: ['endpoint', 'status?', 'tries'],
    means:
      'a receiver did not take an event; without `status` it did not answer in 15 seconds, or could not be reached. `GET /v1/endpoints/:id/deliveries` says more. The event is tried again',
  },
  endpoint_disabled: {
    about: 'events',
    fields: ['endpoint', 'reason'],
    means:
      'nothing is delivered to this endpoint any more: it did nothing but fail for five days (`failing`), or said that it is gone (`gone`)',
  },
  endpoint_interrupted: {
    about: 'events',
    fields: ['endpoint', 'error', 'at?'],
    means:
      'the deliveries of an endpoint stopped, since the log, the object `Registry` or a storage failed; its object goes on by itself',
  },
  endpoint_missed: {
    about: 'events',
    fields: ['endpoint', 'events?'],
    means:
      'the log lost events before this endpoint was sent them: so many were too old; without `events` the log itself is another one',
  },
  endpoint_unreachable: {
    about: 'events',
    fields: ['endpoint', 'error', 'at?'],
    means: 'the object of an endpoint could not be reached',
  },
  events_not_sent: {
    about: 'events',
    fields: ['events', 'error', 'at?'],
    means:
      'events of an object wait in it, since the log did not take them; it sends them again by itself',
  },
  events_unreachable: {
    about: 'events',
    fields: ['error', 'at?'],
    means: 'the log of events could not be reached, or failed',
  },
  app_unreachable: {
    about: 'app',
    fields: ['error', 'at?'],
    means: 'the object `App` could not be reached',
  },
  bearer_fetched: {
    about: 'app',
    fields: ['outcome'],
    means: 'X was asked for the app-only bearer',
  },
  bearer_invalidated: {
    about: 'app',
    fields: ['by', 'refused'],
    means: 'the app-only bearer was ended',
  },
  reseal_failed: {
    about: 'app',
    fields: ['error', 'at?'],
    means: 'the app-only bearer could not be sealed anew; the next sweep tries again',
  },

  revocation_noted: {
    about: 'accounts',
    fields: ['account'],
    means:
      'X told that the user took our access away, of a grant that is held: X is asked at once, and its own no ends it',
  },
  revocation_not_asked: {
    about: 'accounts',
    fields: ['account?', 'error', 'at?'],
    means: 'X could not be asked about that; the account is due, and asks again',
  },
  x_check_refused: {
    about: 'events',
    fields: ['characters'],
    means:
      'somebody asked for the answer to X’s check with what does not look like X’s token. If it was X, its checks fail: please tell us how long it was',
  },
  x_secret_missing: {
    about: 'events',
    fields: ['setting'],
    means:
      'X asked for, or showed, a signature with a secret that is not set; it was answered 503, and X repeats',
  },
  x_webhook: {
    about: 'app',
    fields: ['outcome', 'valid'],
    means:
      'our webhook at X was `registered`, `validated` or `ended` by the operator; or the hourly look (`looked`, `gone`) found it invalid or changed. X delivers to a valid one alone',
  },
  x_revocations: {
    about: 'app',
    fields: ['outcome'],
    means:
      'whether X takes a subscription to `oauth.revoke`: `subscribed`, or `refused`, which does no harm: X may tell of revocations all the same',
  },
  x_webhook_not_seen: {
    about: 'app',
    fields: ['error', 'at?'],
    means: 'the hourly look at our webhook, or at what is subscribed to it, came to nothing',
  },
  x_subscription_ended: {
    about: 'accounts',
    fields: ['account?', 'ended'],
    means: 'a subscription of an account that is not connected here was to end at X',
  },
  x_delivery: {
    about: 'events',
    fields: ['type', 'stored', 'account?'],
    means:
      'X delivered something. It is not stored while there is no endpoint and no caller with the scope `x:webhooks`',
  },
  x_delivery_refused: {
    about: 'events',
    fields: ['signature'],
    means:
      'something that X did not sign came to the address of its deliveries, or X signs with another secret than the one that is set',
  },

  vault_write_failed: {
    about: 'kv',
    fields: ['account?', 'error', 'at?'],
    means:
      'KV refused; the account’s object tells it again. Without `account`: the app-only bearer, which callers get from the object `App` then',
  },
  vault_write_unanswered: {
    about: 'kv',
    fields: ['account'],
    means: 'KV did not answer within 30 seconds',
  },
  vault_exported: {
    about: 'accounts',
    fields: ['records', 'last'],
    means: 'a page of sealed records left, by `GET /v1/exports`',
  },
  account_moved_in: {
    about: 'accounts',
    fields: ['account'],
    means: 'the account was taken in from another deployment, in doubt',
  },
  vault_told_again: {
    about: 'kv',
    fields: ['account'],
    means:
      'a sweep found the account due by KV’s list, and its object knows better: KV’s copy was wrong, and is written again',
  },
  vault_read_failed: {
    about: 'kv',
    fields: ['account?', 'error', 'at?'],
    means:
      'KV could not be read; the account’s object was asked, or without `account` the object `App`',
  },
} as const satisfies Record<string, Described>

/** The name of a log line. */
export type LogEvent = keyof typeof LOG_EVENTS

interface Kinds {
  text: string
  number: number
  flag: boolean
  texts: readonly string[]
}
type ValueOf<Name> = Name extends FieldName ? Kinds[(typeof LOG_FIELDS)[Name]['kind']] : never
type Listed<E extends LogEvent> = (typeof LOG_EVENTS)[E]['fields'][number]
type Bare<Name> = Name extends `${infer Before}?` ? Before : never

/** The fields that a log line has, and those that it may have. */
export type LogFields<E extends LogEvent> = {
  [Name in Exclude<Listed<E>, `${string}?`>]: ValueOf<Name>
} & {
  [Name in Bare<Listed<E>>]?: ValueOf<Name> | undefined
}

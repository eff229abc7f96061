/**
 * Every type of event: what it means, and an example of its data as Perch makes it. The page of codes and docs/events.md are
 * made of it, and a test brings each of them about and compares.
 */
import type { EVENT_TYPES, EventData } from './event'

type OwnType = (typeof EVENT_TYPES)[number]

/** What is said of a type of event. */
export interface Described {
  means: string
  /** As a test saw it, with ids, names and times of its own. */
  data: EventData
}

const account = { id: '1000000001', username: 'alice' }
const webhook = { id: '1976325569252868099', url: 'https://perch.example.com/x/webhook' }
const caller = {
  id: '0123456789abcdef',
  name: 'billing',
  scopes: ['accounts:read', 'tokens'],
  limited: false,
}
const endpoint = { id: 'ep_0123456789abcdef', url: 'https://app.example.com' }

/** The types of events that Perch makes, and what X’s webhooks bring. */
export const CATALOGUE: Readonly<Record<OwnType | 'x.post.mention.create', Described>> = {
  'account.connected': {
    means:
      'An account that was not connected has its first grant, by `login`, `import` or `restore` (also out of an export).',
    data: {
      account,
      grants: ['oauth2'],
      scope: 'tweet.read users.read tweet.write offline.access',
      by: 'login',
    },
  },
  'account.disconnected': {
    means: 'A DELETE ended all that the account held; nothing of it is here any more.',
    data: { account, grants: ['oauth2'], by: 'delete' },
  },
  'account.login_required': {
    means:
      'Nothing heals what X ended: only the user can help, at `login_url`. Until `access_token_expires_at` X may take the token that is held. `reason` is as in `ended` of the account.',
    data: {
      account,
      grant: 'oauth2',
      reason: 'refused_by_x',
      message: 'X refused the refresh token, and does not say why. …',
      login_url: 'https://perch.example.com/login?flow=oauth2',
      access_token_expires_at: 1795354598,
    },
  },
  'account.recovered': {
    means:
      'An account that needed a login, or was degraded, works again: by `login`, `import`, `exchange`, `refresh`, or the `delete` of what had ended.',
    data: { account, by: 'login' },
  },
  'account.degraded': {
    means:
      'Refreshes have failed for half an hour, or `X_CLIENT_ID` is another one: the token that is held works until `until`, and Perch goes on trying. Or the OAuth 1.0a grant alone has ended (`oauth1_ended`).',
    data: {
      account,
      reason: 'refresh_in_doubt',
      message: 'X answered 503, which says nothing about the token.',
      until: 1795354598,
    },
  },
  'account.scope_reduced': {
    means:
      'The account lacks scopes that it had: `lost_scopes` are all that it lacks now, `scope` is what it has.',
    data: { account, lost_scopes: ['tweet.write'], scope: 'tweet.read users.read offline.access' },
  },
  'account.scope_restored': {
    means:
      'The account has scopes again that it lacked: `lost_scopes` are all that it lacks now, `scope` is what it has.',
    data: {
      account,
      lost_scopes: [],
      scope: 'tweet.read users.read tweet.write offline.access',
    },
  },
  'account.renamed': {
    means:
      'The user has another username at X, or Perch knows it only now. The id stays what it is.',
    data: { account: { id: account.id, username: 'alicia' }, from: 'alice', to: 'alicia' },
  },
  'app.halted': {
    means:
      'No refresh leaves until X is well, or the operator acts: `credentials_refused`, `mass_refusal`, `x_unanswering` or `frozen`. Tokens that live are handed out as before.',
    data: { reason: 'frozen', message: 'The operator froze all refreshes.' },
  },
  'vault.exported': {
    means:
      'A page of accounts, callers or other records left, sealed, by `GET /v1/exports`; `last` with the last page.',
    data: { kind: 'account', records: 1, last: false },
  },
  'app.resumed': {
    means: 'Refreshes leave again. `reason` is why they had not.',
    data: { reason: 'frozen' },
  },
  'app.webhook_invalid': {
    means:
      'X finds our webhook invalid, and delivers nothing to it. Perch has had it checked anew, in vain: see docs/x-webhooks.md.',
    data: { webhook },
  },
  'app.webhook_valid': {
    means: 'X delivers to our webhook again. What it did not deliver meanwhile, a replay brings.',
    data: { webhook },
  },
  'caller.created': {
    means: 'A program has a key. `limited`: to some accounts.',
    data: { caller },
  },
  'caller.changed': {
    means: 'Name, scopes, accounts, addresses or expiry of a caller are other ones.',
    data: { caller },
  },
  'caller.rotated': { means: 'A caller has a new key.', data: { caller } },
  'caller.deleted': { means: 'A caller has ended, and its endpoints with it.', data: { caller } },
  'endpoint.created': {
    means:
      'Events are delivered to one more address; `url` is its origin alone. `caller` is whose it is, if not the operator’s.',
    data: { endpoint },
  },
  'endpoint.changed': {
    means: 'Address, types, accounts or description of an endpoint are other ones.',
    data: { endpoint },
  },
  'endpoint.rotated': { means: 'An endpoint has a new secret.', data: { endpoint } },
  'endpoint.disabled': {
    means:
      'Nothing is delivered there any more: five days of failures (`failing`), its 410 (`gone`), or somebody switched it off (`by_hand`).',
    data: { endpoint, reason: 'by_hand' },
  },
  'endpoint.enabled': {
    means: 'An endpoint is told what happens from now on. A replay brings what came before.',
    data: { endpoint },
  },
  'endpoint.deleted': { means: 'An endpoint has ended.', data: { endpoint } },
  'endpoint.gave_up': {
    means: 'An endpoint never took this `event`, until the log forgot it.',
    data: { endpoint, event: 'evt_4nV8sUe0QmB2xYzT9rKfLw', tries: 38 },
  },
  'endpoint.test': {
    means: 'Somebody tried the endpoint out. It is in no log, and has no `seq`.',
    data: { endpoint },
  },
  'x.post.mention.create': {
    means:
      'What X delivered, of its type behind `x.`: `raw` is the body, character for character, `account` whose subscription it is of.',
    data: {
      account: { id: account.id },
      event_uuid: '-2781149976877970683',
      raw: '{"data":{"event_uuid":"-2781149976877970683","filter":{"user_id":"1000000001"},"event_type":"post.mention.create","payload":{"text":"@alice hello"}}}',
    },
  },
}

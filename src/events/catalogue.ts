/**
 * Every type of event: what it means, and an example of its data as Perch makes it. The page of codes and docs/events.md are
 * made of it, and a test brings each of them about and compares.
 */
import type { EventData, EventType } from './event'

/** What is said of a type of event. */
export interface Described {
  means: string
  /** As a test saw it, with ids, names and times of its own. */
  data: EventData
}

const account = { id: '1000000001', username: 'alice' }

/** The types of events that Perch makes, and what X’s webhooks bring. */
export const CATALOGUE: Partial<Record<EventType, Described>> = {
  'account.connected': {
    means:
      'An account that was not connected has its first grant, by `login`, `import` or `restore`.',
    data: {
      account,
      grants: ['oauth2'],
      scope: 'tweet.read users.read offline.access',
      by: 'login',
    },
  },
  'account.disconnected': {
    means: 'A DELETE ended all that the account held; nothing of it is here any more.',
    data: { account, grants: ['oauth2'], by: 'delete' },
  },
  'account.login_required': {
    means:
      'X ended the grant, and nothing heals it: only the user can help, at `login_url`. Until `access_token_expires_at` X may still take the token that is held. `reason` is as in `ended` of the account.',
    data: {
      account,
      grant: 'oauth2',
      reason: 'refused_by_x',
      message:
        'X refused the refresh token, and does not say why. The user took the access away, logged in through another program with the same app, the token lapsed, another program refreshed it, or something between Perch and X sent the call twice, so that the new tokens were in an answer that never came. X may have ended the access token as well.',
      login_url: 'https://perch.example.com/login?flow=oauth2',
      access_token_expires_at: 1795354598,
    },
  },
  'account.recovered': {
    means:
      'An account that needed a login, or was degraded, works again: by `login`, `import`, `exchange`, `refresh`, or since the grant that had ended was deleted (`delete`).',
    data: { account, by: 'login' },
  },
  'account.degraded': {
    means:
      'Refreshes have failed for half an hour. The token that is held works until `until`; Perch goes on trying by itself.',
    data: {
      account,
      reason: 'refresh_failed',
      message: 'X answered 503.',
      until: 1795354598,
    },
  },
  'account.scope_reduced': {
    means:
      'The account lacks scopes that it had: `lost_scopes` are all that it lacks now, `scope` is what it has.',
    data: { account, lost_scopes: ['tweet.write'], scope: 'users.read tweet.read offline.access' },
  },
  'account.renamed': {
    means: 'The user has another username at X. The id stays what it is.',
    data: { account: { id: account.id, username: 'alicia' }, from: 'alice', to: 'alicia' },
  },
  'app.halted': {
    means:
      'No refresh leaves by itself until X is well, or the operator acts: `credentials_refused`, `mass_refusal`, `x_unanswering` or `frozen`. Tokens that live are handed out as before.',
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
}

/** Raise it when a table changes: an emulator that finds another number starts again from its seeds. */
export const SCHEMA_VERSION = 5

/**
 * Every table. Times are Unix seconds on the emulator's clock.
 *
 * - `app`: the apps, as JSON, in order of creation
 * - `users`: in order of creation
 * - `codes`: authorization codes, used ones too
 * - `request_tokens`: of OAuth 1.0a, used ones too
 * - `nonces`: of signed requests whose timestamps would still be taken
 * - `grants`: what a user gave an app, with the tokens that are current; ended ones stay. An app-only
 *   token is a grant without a user
 * - `spent`: every token that was valid once and was ended, whose and of which app it was, and why. It only explains refusals
 * - `rates`: API calls of a user in the running window
 * - `tweets`, `likes`, `follows`: what was posted, and who likes and follows
 * - `media`: what was uploaded, without its bytes
 * - `rules`: of the filtered stream
 * - `webhooks`: URLs that events go to, and how their last checks went
 * - `subscriptions`: which events of which user go to which of them
 * - `deliveries`: what was sent or is to be sent to them, with the bytes that are signed
 * - `faults`: what is to go wrong, oldest first
 * - `calls`: every request to X's endpoints
 */
export const SCHEMA = `
  CREATE TABLE app (id INTEGER PRIMARY KEY, json TEXT NOT NULL);

  CREATE TABLE users (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT NOT NULL,
    status TEXT NOT NULL
  );

  CREATE TABLE codes (
    code TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scope TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    code_challenge_method TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    ended TEXT
  ) WITHOUT ROWID;
  CREATE INDEX codes_of_user ON codes (user_id) WHERE ended IS NULL;

  CREATE TABLE request_tokens (
    token TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    api_key TEXT NOT NULL,
    callback TEXT NOT NULL,
    access TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    user_id TEXT,
    verifier TEXT,
    ended TEXT
  ) WITHOUT ROWID;
  CREATE INDEX request_tokens_of_user ON request_tokens (user_id) WHERE ended IS NULL;

  CREATE TABLE nonces (
    timestamp INTEGER NOT NULL,
    api_key TEXT NOT NULL,
    token TEXT NOT NULL,
    nonce TEXT NOT NULL,
    PRIMARY KEY (timestamp, api_key, token, nonce)
  ) WITHOUT ROWID;

  CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT,
    scope TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    access_token TEXT UNIQUE,
    access_token_secret TEXT,
    access_token_expires_at INTEGER,
    refresh_token TEXT UNIQUE,
    refresh_token_expires_at INTEGER,
    ended TEXT
  );
  CREATE INDEX grants_of_user ON grants (user_id, kind, client_id) WHERE ended IS NULL;
  CREATE INDEX grants_ever_of_user ON grants (user_id);

  CREATE TABLE spent (
    token TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT,
    why TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE rates (
    key TEXT PRIMARY KEY,
    used INTEGER NOT NULL,
    reset_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE tweets (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    reply_to INTEGER,
    quotes INTEGER,
    reposts INTEGER,
    media TEXT NOT NULL
  );
  CREATE INDEX tweets_of_user ON tweets (user_id, id);

  CREATE TABLE likes (
    user_id TEXT NOT NULL,
    tweet_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, tweet_id)
  ) WITHOUT ROWID;

  CREATE TABLE follows (source TEXT NOT NULL, target TEXT NOT NULL, UNIQUE (source, target));

  CREATE TABLE media (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    type TEXT NOT NULL,
    category TEXT NOT NULL,
    total INTEGER NOT NULL,
    received INTEGER NOT NULL,
    done INTEGER NOT NULL,
    alt TEXT
  );

  CREATE TABLE rules (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE, tag TEXT);

  CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    valid INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    check_at INTEGER NOT NULL,
    why TEXT
  ) WITHOUT ROWID;

  CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    event_type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    filter TEXT NOT NULL,
    tag TEXT,
    webhook_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX subscriptions_of_user ON subscriptions (user_id, event_type);

  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    tries INTEGER NOT NULL,
    status INTEGER,
    outcome TEXT NOT NULL
  );
  CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE faults (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    grant_type TEXT,
    user_id TEXT,
    fault TEXT NOT NULL,
    times INTEGER NOT NULL
  );

  CREATE TABLE calls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    grant_type TEXT,
    fault TEXT,
    auth TEXT,
    has_client_secret_in_body INTEGER,
    query INTEGER NOT NULL,
    user_id TEXT,
    status INTEGER,
    outcome TEXT NOT NULL,
    why TEXT,
    hint TEXT
  );
  CREATE INDEX calls_by_path ON calls (path, seq);
`

const TABLES = [
  'likes',
  'follows',
  'media',
  'rules',
  'webhooks',
  'subscriptions',
  'deliveries',
  'app',
  'users',
  'codes',
  'request_tokens',
  'nonces',
  'grants',
  'spent',
  'rates',
  'tweets',
  'faults',
  'calls',
]

/** Drops every table. The next call starts at 1 again, for its counter goes with its table. */
export const DROP = TABLES.map((table) => `DROP TABLE IF EXISTS ${table};`).join('\n')

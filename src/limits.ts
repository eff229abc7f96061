/**
 * Every number of the house, with its unit in its name and its reason beside it.
 */

/** A login lives ten minutes: long enough to find a password, short enough that a leaked link is stale. */
export const LOGIN_TTL_SECONDS = 600
/** The Login object outlives the pending record, so that a late second callback still finds its answer. */
export const LOGIN_AFTERLIFE_SECONDS = 120
/** Whoever spent a login's proof may show it again so long: the first answer may have been lost on the way. */
export const PROOF_AGAIN_SECONDS = 60
/** X's authorization codes live 30 seconds (X: OAuth 2.0 Authorization Code Flow with PKCE). */
export const CODE_TTL_SECONDS = 30
/** An exchange with no outcome after this was cut off: a try that was begun while its code lived is over by then. */
export const EXCHANGE_LOST_SECONDS = 125
/** Times one code is sent when X's answer does not arrive. */
export const CODE_TRIES = 2
/** Wrong PINs after which a login ends: X, too, stops listening at some point. */
export const PIN_TRIES = 5
/** A grant that nobody wants is revoked at X; when X cannot be reached, it is tried for a day. */
export const REVOKE_GIVE_UP_SECONDS = 86_400
/** While X does not say who logged in, it is asked for a day, and the pair is kept alive meanwhile. */
export const OWNER_GIVE_UP_SECONDS = 86_400
/**
 * While X does not say who logged in, it is asked again after this; doubled each time, up to {@link
 * IDENTITY_RETRY_MAX_SECONDS}.
 */
export const IDENTITY_RETRY_SECONDS = 15
/** The longest wait between two questions who logged in: `/2/users/me` allows 75 calls in 15 minutes. */
export const IDENTITY_RETRY_MAX_SECONDS = 300

/** A call that can be made again ("who am I", revoke, request token) is given up after this: a person is waiting. */
export const LOGIN_CALL_TIMEOUT_MS = 10_000
/**
 * A call that X answers once (a refresh, the exchange of a code or verifier): to give it up earlier loses the pair that
 * comes a second later. Who waits for it is answered sooner, see {@link CALLER_PATIENCE_MS}.
 */
export const ONCE_CALL_TIMEOUT_MS = 90_000
/** Whoever waits for such a call is told after this that it goes on. */
export const CALLER_PATIENCE_MS = 20_000
/** When the one who waits for a call that X answers once is told to ask again. */
export const STILL_UNDER_WAY_SECONDS = 5
/** A token reply has about 500 bytes; one that never ends shall not fill the memory. */
export const REPLY_MAX_BYTES = 256 * 1024
/** A refresh whose object died may still be under way at X this long after its journal was written. */
export const JOURNAL_DOUBT_SECONDS = 120
/** A refresh whose call broke may still be under way at X this long, unless X had begun to answer. */
export const CALL_DOUBT_SECONDS = 30
/** When X had begun to answer a refresh that broke, it has acted, and the token is presented again after this. */
export const ANSWERED_DOUBT_SECONDS = 1
/** After a failure a refresh token is presented again after this, doubled each time up to {@link BACK_OFF_MAX_SECONDS}. */
export const BACK_OFF_SECONDS = 30
/** The longest wait for the next try of a failed refresh: nobody waits longer than an hour after X is well again. */
export const BACK_OFF_MAX_SECONDS = 3600
/**
 * The wait for the next try is longer by up to this part of it, so that accounts that failed together come back apart.
 */
export const BACK_OFF_JITTER = 0.3
/** A grant that X called invalid is tried again by a forced refresh this often at most. */
export const ENDED_RETRY_SECONDS = 3600
/** Refreshes that a caller forces on one account are at least this far apart, doubled while it goes on. */
export const FORCED_GAP_SECONDS = 60
/** The longest distance between refreshes that a caller forces on one account. */
export const FORCED_GAP_MAX_SECONDS = 900
/** Rotations of an account that are remembered: more than a day has for a token of two hours. */
export const ROTATIONS_REMEMBERED = 100

/** What `REFRESH_POLICY=lazy:<days>d` may say at most: X's refresh tokens are said to live six months. */
export const LAZY_DAYS_MAX = 150
/** A lazy refresh comes up to this part of its days earlier, so that not all come at once. */
export const LAZY_JITTER = 0.1

/** The window in which refusals are looked at together. */
export const MASS_WINDOW_SECONDS = 600
/** So many refusals in the window are suspect, if they are more than {@link MASS_SHARE} of all refreshes. */
export const MASS_REFUSALS = 5
/** The part of all refreshes in the window above which refusals are suspect. */
export const MASS_SHARE = 0.2
/** Within this after a halt for refusals only more than {@link MASS_SHARE_AGAIN} of all refreshes halt the app again. */
export const MASS_AGAIN_SECONDS = 3600
/** The part that halts the app again soon after a halt: what X refused twice is dead, and the others go on. */
export const MASS_SHARE_AGAIN = 0.8
/** A halt for refusals lasts this long at least: a probe cannot tell when X is itself again. */
export const MASS_HALT_SECONDS = 600
/** While halted, X is probed this often. */
export const PROBE_SECONDS = 60
/** A sweep after a halt queues this many accounts, the next one twice as many, up to {@link RESUME_DONE_ACCOUNTS}. */
export const RESUME_ACCOUNTS = 500
/** A sweep that may queue this many accounts after a halt has no limit any more. */
export const RESUME_DONE_ACCOUNTS = 50_000
/** Sweeps that the status shows. */
export const SWEEPS_REMEMBERED = 10
/** Pages that one invocation lists before a message carries the sweep on: about 125 subrequests of 1,000, half a second of CPU. */
export const SWEEP_PAGES = 100
/** Records that one sweep has sealed anew: each is a KV write. */
export const RESEAL_ACCOUNTS = 500
/** Ids of accounts under a missing key that the status names. */
export const MISSING_KEY_IDS = 50
/** Accounts that one call restores: each is a KV read and an object's call. */
export const RESTORE_PAGE = 100
/** An old sealing key is kept a day after its last record: a login's unwanted grant may wait so long for X. */
export const OLD_KEY_SECONDS = 86_400

/** X's rate-limit window is 15 minutes; a reset further away is junk. */
export const RETRY_AFTER_MAX_SECONDS = 900

/** X's access tokens live two hours; assumed when `expires_in` cannot be read. */
export const ACCESS_TOKEN_TTL_SECONDS = 7200
/** A grant is due this long before it expires, or earlier: four to six sweeps may fail before anybody notices. */
export const DUE_BEFORE_EXPIRY_SECONDS = 1200
/** A grant is due earlier by up to this much per account, so that accounts connected together do not fall due together. */
export const DUE_JITTER_SECONDS = 600
/** The cron's period. */
export const SWEEP_PERIOD_SECONDS = 300
/** Must be the cron of wrangler.toml; anything else is an error, never a guess. */
export const SWEEP_CRON = '*/5 * * * *'
/** KV lists at most 1,000 keys a call. */
export const SWEEP_PAGE = 1000
/** Accounts a queue message names: at 20 s a call and 6 at once it is done in 3 of the consumer's 15 minutes. */
export const SWEEP_MESSAGE_ACCOUNTS = 50
/** Messages that one call puts into the queue: it takes 100, and 256 KB. */
export const QUEUE_BATCH_MESSAGES = 100
/** Refreshes a consumer has under way at once: six connections may wait for X's headers. */
export const REFRESH_CONCURRENCY = 6

/** A lease is valid this long unless the caller asks otherwise (`min_ttl`). */
export const LEASE_MIN_TTL_SECONDS = 60
/** The longest validity that a caller may ask of a lease: half a token's life. */
export const LEASE_MIN_TTL_MAX_SECONDS = 3600
/** A lease does not refresh a still valid token again that was refreshed this recently. */
export const LEASE_REFRESH_GAP_SECONDS = 60

/** An account that was deleted is remembered for a day: longer than any queued message lives. */
export const TOMBSTONE_TTL_SECONDS = 86_400
/** The app's object knows of halts and pauses; who does not hear of it within this goes on without. */
export const APP_PATIENCE_MS = 3000
/** The app's object waits this long for X before it answers who asks: it may have to say that all is halted. */
export const PROBE_PATIENCE_MS = 2000
/**
 * A row that its storage refuses is written again from memory after this; doubled, up to {@link STORE_AGAIN_MAX_MS}.
 */
export const STORE_AGAIN_MS = 250
/** The longest wait until a refused row is written again. */
export const STORE_AGAIN_MAX_MS = 30_000
/** A KV write that failed is repeated by alarm: KV takes one write a second per key. */
export const REPAIR_SECONDS = 5
/** A reply waits this long for KV; a write that takes longer is seen to by the alarm. */
export const PUBLISH_PATIENCE_MS = 5000
/** A write that KV has not answered by then counts as refused. */
export const VAULT_WRITE_TIMEOUT_MS = 30_000
/** A write that KV has not answered may land so much later, over a newer one: then the newest one is repeated. */
export const LATE_WRITE_SECONDS = 60
/** Whoever leases a token that is good for as long as was asked waits this long for a better one. */
export const LEASE_PATIENCE_MS = 2000
/** An account's object answers sooner than this, whatever X and KV do: then it cannot be reached. */
export const OBJECT_PATIENCE_MS = 40_000
/** When an object could not be reached, it usually has moved within this. */
export const OBJECT_RETRY_SECONDS = 5
/** An object that finds a row of a later build looks again after this: so long its code may lag behind at most. */
export const NEWER_ALARM_SECONDS = 300
/** Login ids an account remembers to recognize a repeated adoption. */
export const LOGINS_REMEMBERED = 10
/** OAuth 2.0 grants that are kept beside an imported one until it has been refreshed: each import may be the wrong file. */
export const FORMERS_KEPT = 3

/** What an isolate knows of callers and accounts it may use this long without asking KV. */
export const ISOLATE_CACHE_SECONDS = 30
/** Records an isolate remembers: about 2 KB each, far below its 128 MB. */
export const ISOLATE_CACHE_ENTRIES = 2000
/** KV's own cache at the edge; 30 is its minimum. */
export const KV_CACHE_SECONDS = 30
/** KV reads at most 100 keys in one call. */
export const KV_BULK_KEYS = 100

/** HMAC keys an isolate keeps imported: one per account that signs, about 200 bytes each. */
export const HMAC_KEYS_REMEMBERED = 2000

/** Accounts a caller may be limited to: the list is read with the caller on every call. */
export const CALLER_ACCOUNTS_MAX = 1000
/** Addresses that a caller may call its own (`return_to`): an app has one or two, with its test stages some more. */
export const CALLER_RETURN_TO_MAX = 20
/** Callers or accounts on a page of the API, unless the caller asks for more or fewer. */
export const PAGE_DEFAULT = 100
/** Callers or accounts on a page of the API at most, as many as KV lists in one call. */
export const PAGE_MAX = 1000
/** An admin key must be as hard to guess as 32 random characters. */
export const ADMIN_KEY_MIN_CHARS = 32
/** What a client is told to wait when one address, or all together, begin too many logins (see wrangler.toml). */
export const LOGIN_LIMIT_PERIOD_SECONDS = 60
/** X has 27 scopes; all of them together have about 400 characters. */
export const SCOPE_MAX_CHARS = 1000
/** X's longest scope has 20 characters, its tokens and secrets have 32 and more. */
export const SCOPE_WORD_MAX_CHARS = 30
/** Unix seconds have ten digits until the year 2286; what has more is milliseconds. */
export const UNIX_SECONDS_MAX = 9_999_999_999
/** A life of a token, or an expiry in the future, beyond this is a mistake: X's own tokens live six months at most. */
export const EXPIRES_IN_MAX_SECONDS = 180 * 86_400
/** Browsers remember for a year that we speak https alone. */
export const HSTS_SECONDS = 31_536_000
/** Of an error of X no more is read: its own have some hundred characters, and a pattern shall not walk over a megabyte. */
export const ERROR_TEXT_MAX_CHARS = 10_000
/** Bytes that a body may have, JSON or a form: the largest is a caller with 1,000 accounts and 20 addresses. */
export const BODY_MAX_BYTES = 64 * 1024
/** X allows 500 characters of `state`; ours has 43. */
export const STATE_MAX_CHARS = 500
/** A callback's whole query; X's have about 200 characters. */
export const CALLBACK_MAX_CHARS = 4096
/** X's codes have about 100 characters; whatever is longer than this is junk. */
export const CODE_MAX_CHARS = 1024
/** A token that is brought: X's have about 130 characters. */
export const TOKEN_MAX_CHARS = 1024
/** X's PINs have seven digits; people copy spaces along. */
export const PIN_MAX_CHARS = 40
/** A call that is signed: X takes 100 ids and every field in one query. */
export const SIGNED_URL_MAX_CHARS = 8192
/** A realm is a word or an address. */
export const REALM_MAX_CHARS = 200
/** Characters of an address in a query (`return_to`). */
export const URL_MAX_CHARS = 2048
/** Code points of a display name kept in KV metadata, which holds 1,024 bytes; X allows 50. */
export const NAME_MAX_CHARS = 50

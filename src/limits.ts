/**
 * Every number of the house, with its unit in its name and its reason beside it.
 */

/** A login lives ten minutes: long enough to find a password, short enough that a leaked link is stale. */
export const LOGIN_TTL_SECONDS = 600
/** The object `Login` outlives the pending state by this, so that a late second callback still finds its answer. */
export const LOGIN_AFTERLIFE_SECONDS = 120
/**
 * A caller that spent a login’s proof may show it again for this long: the first answer may have been lost on the way.
 */
export const PROOF_AGAIN_SECONDS = 60
/** X's authorization codes live 30 seconds (X: OAuth 2.0 Authorization Code Flow with PKCE). */
export const CODE_TTL_SECONDS = 30
/**
 * A code whose exchange has no outcome after this is given up: a call that began while the code lived is over by then.
 */
export const EXCHANGE_LOST_SECONDS = 125
/** A code is sent this often at most, the second time only when X’s answer to the first one did not arrive. */
export const CODE_TRIES = 2
/** A browser keeps the cookies of this many logins: each may have 3,000 characters, and servers refuse long headers. */
export const LOGIN_COOKIES_MAX = 5
/** A login’s cookie has this many characters at most: browsers keep 4,096 with name and attributes. */
export const LOGIN_COOKIE_MAX_CHARS = 3000
/** The cookie that leads back has this many characters at most: it is sent with every request for a day. */
export const BACK_COOKIE_MAX_CHARS = 600
/** A browser is led back to where its login came from for this long. */
export const BACK_COOKIE_SECONDS = 86_400
/** X is sent this many answers to one login at most, wrong PINs among them: X, too, stops listening at some point. */
export const LOGIN_ANSWERS_MAX = 5
/**
 * A grant that nobody may have waits this long before it is given back: X ended what its user had before for it, and a
 * login of that user which is under way may be connected meanwhile with what X has ended.
 */
export const GIVE_BACK_AFTER_SECONDS = 120
/** A grant that nobody may have is given back to X; while X cannot be reached, that is tried for a day. */
export const REVOKE_GIVE_UP_SECONDS = 86_400
/** While X does not say who logged in, X is asked for a day, and the pair is kept alive meanwhile. */
export const OWNER_GIVE_UP_SECONDS = 86_400
/** So often a reload has X asked at once whose a grant is; then the alarm’s waits hold: each question costs $0.010. */
export const OWNER_ASKED_BY_RELOADS = 5
/** An alarm may ring this many seconds before its time, and is for what is due then all the same. */
export const ALARM_EARLY_SECONDS = 2
/** While X does not say whose a grant is, X is asked again after this, and after twice as long each time. */
export const IDENTITY_RETRY_SECONDS = 15
/**
 * X is asked whose a grant is at least this often while it does not say: `/2/users/me` allows 75 calls in 15 minutes.
 */
export const IDENTITY_RETRY_MAX_SECONDS = 300

/** A call that can be made again ("who am I", revoke, request token) is given up after this: a person is waiting. */
export const LOGIN_CALL_TIMEOUT_MS = 10_000
/**
 * A call that X answers once (a refresh, the exchange of a code or verifier): to give it up earlier loses the pair that
 * comes a second later. Who waits for it is answered sooner, see {@link CALLER_PATIENCE_MS}.
 */
export const ONCE_CALL_TIMEOUT_MS = 90_000
/** A caller that waits for a call of {@link ONCE_CALL_TIMEOUT_MS} is told after this that the call goes on. */
export const CALLER_PATIENCE_MS = 20_000
/** A caller that was told that a call goes on should ask again after this. */
export const STILL_UNDER_WAY_SECONDS = 5
/**
 * Of a reply of X no more is read than this: a token reply has about 500 bytes, and one that never ends must not fill
 * the memory.
 */
export const REPLY_MAX_BYTES = 256 * 1024
/**
 * A refresh whose object died may still run at X for this long after its journal was written. Until then its token is
 * not presented again.
 */
export const JOURNAL_DOUBT_SECONDS = 120
/** An object that writes a journal looks at it again after this, in case it dies meanwhile. */
export const JOURNAL_ALARM_MS = JOURNAL_DOUBT_SECONDS * 1000
/** A refresh whose call broke off may still run at X for this long. Until then its token is not presented again. */
export const CALL_DOUBT_SECONDS = 30
/**
 * After a doubt a refresh token is presented again up to this much later, by chance: what broke for many accounts at once
 * must not bring them back at once.
 */
export const DOUBT_SPREAD_SECONDS = 60
/** A carrier that begins later than this after the journal was written presents nothing: somebody else may soon. */
export const CARRY_LATEST_SECONDS = 25
/** An object that handed a refresh to the carrier waits for the answer this long; a moment later its own alarm looks at the journal. */
export const CARRIER_PATIENCE_MS = JOURNAL_ALARM_MS - 5000
/** An answer that the account's object has not taken by then is offered again, on a fresh stub. */
export const DELIVERY_PATIENCE_MS = 10_000
/** An answer that was not taken is offered again after this, and then after twice as long each time. */
export const DELIVER_AGAIN_MS = 250
/** The longest wait until an answer that was not taken is offered once more. */
export const DELIVER_AGAIN_MAX_MS = 5000
/** A refresh whose call broke off after X had begun to answer is over at X: its token is presented again after this. */
export const ANSWERED_DOUBT_SECONDS = 1
/** A refresh token is presented again this long after a failure, and after twice as long with each further one. */
export const BACK_OFF_SECONDS = 30
/**
 * However often a refresh failed, its token is presented again after this at the latest: nobody waits longer than an
 * hour once X is well.
 */
export const BACK_OFF_MAX_SECONDS = 3600
/**
 * Each wait after a failure is up to this part longer, so that accounts that failed together do not come back together.
 */
export const BACK_OFF_JITTER = 0.3
/**
 * A grant that X called invalid is tried again by a forced refresh this often at most: X’s wrong answers have healed by
 * themselves.
 */
export const ENDED_RETRY_SECONDS = 3600
/**
 * A grant that X ended is tried again by the sweep this long after its end, since X may have been wrong; then it is left
 * alone.
 */
export const ENDED_RETRIES_SECONDS: readonly number[] = [3600, 6 * 3600, 86_400]
/** An account whose pair X ends again and again heals itself by exchange this far apart. */
export const HEAL_GAP_SECONDS = 3600
/** An account heals itself by exchange this often a day: more often it is another program that ends its pairs. */
export const HEALS_A_DAY = 3
/** An exchange that is due has an alarm for this long: then the sweep sees to it. */
export const EXCHANGE_ALARM_MS = 60_000
/** Where X's exchange does not work for this app, it is tried again after this. */
export const EXCHANGE_UNAVAILABLE_SECONDS = 3600
/** Refreshes that a caller forces on one account keep this distance, which doubles while they go on. */
export const FORCED_GAP_SECONDS = 60
/** The distance of forced refreshes grows to this at most. */
export const FORCED_GAP_MAX_SECONDS = 900
/** Of an account’s refreshes in the last day this many are remembered: a token of two hours needs twelve. */
export const ROTATIONS_REMEMBERED = 100

/**
 * With `REFRESH_POLICY=auto` an account is kept warm for this long after a program used it: one that runs once a day, an
 * hour late at times, finds its token fresh.
 */
export const USED_LATELY_SECONDS = 36 * 3600
/** A use is noted again when the last one that was noted is this old: a small part of the time that it counts for. */
export const USE_NOTED_SECONDS = 12 * 3600
/** An account that no program uses is refreshed this often at least, lest its refresh token lapse. */
export const IDLE_SECONDS = 30 * 86_400
/** An object that did not take the note of a use is told again after this, by the isolate that told it. */
export const USE_RETRY_SECONDS = 600
/** What `REFRESH_POLICY=lazy:<days>d` may say at most: X's refresh tokens are said to live six months. */
export const LAZY_DAYS_MAX = 150
/** A lazy refresh comes up to this part of its days earlier, so that not all come at once. */
export const LAZY_JITTER = 0.1

/**
 * X’s refusals within this time are looked at together: many at once say more about X, or the app, than about the
 * accounts.
 */
export const MASS_WINDOW_SECONDS = 600
/** Fewer refusals than this in the window are believed, whatever part of all refreshes they are. */
export const MASS_REFUSALS = 5
/** Refusals that are more than this part of all refreshes in the window are suspected, and refreshes halt. */
export const MASS_SHARE = 0.2
/** For this long after a halt for refusals {@link MASS_SHARE_AGAIN} holds in place of {@link MASS_SHARE}. */
export const MASS_AGAIN_SECONDS = 3600
/**
 * Soon after a halt for refusals they must be more than this part: what X refuses twice is dead, and the other accounts
 * must go on.
 */
export const MASS_SHARE_AGAIN = 0.8
/** Of one minute so many refused accounts are remembered by id; the others are tried again by the sweep after an hour. */
export const MASS_IDS_A_MINUTE = 200
/**
 * A halt for refusals lasts this long, and longer each time that X refuses the accounts that are tried again: only they can
 * tell when X’s word can be believed again.
 */
export const MASS_HALT_SECONDS: readonly number[] = [600, 1800, 3600]
/** After a day without a halt for refusals the next one is a short one again. */
export const MASS_CALM_SECONDS = 86_400
/**
 * When a halt’s time has come, so many of the refused accounts are tried, and so many that X never refused; of these twice
 * as many each further time.
 */
export const CANARIES = 2
/** In one turn of a halt this many accounts that X never refused are tried at most: a queue’s message. */
export const FREE_MAX = 50
/** If nobody could be tried in this time, which is a sweep’s, others are. */
export const MASS_TURN_SECONDS = 300
/** A halt remembers this many accounts that X refused: enough that each turn tries others. */
export const HALT_REFUSED_REMEMBERED = 20

/** Of the last refreshes that the object `App` was told of, this many are looked at together. */
export const BREAKER_OUTCOMES = 10
/** So many of them without a usable answer hold back all that have a token which lives: each may lose one. */
export const BREAKER_UNANSWERED = 5
/** Refreshes within this time are looked at together; for so long after trouble those that X answers are told as well. */
export const BREAKER_WINDOW_SECONDS = 600
/** While refreshes are held back for want of answers, X is asked about a made-up token this often at most. */
export const BREAKER_PROBE_SECONDS = 30
/** While refreshes are held back and anybody asks, X is asked about a made-up token this often at least. */
export const BREAKER_PROBE_MAX_SECONDS = 60
/** Once X answers the made-up token, so many real ones leave, and what becomes of them decides. */
export const BREAKER_TRIAL_REFRESHES = 5
/**
 * An account without a token that lives, whose caller asks, waits no longer than this after a failure once X answers others
 * again.
 */
export const WELL_RETRY_SECONDS = 60
/** For such an account the object `App` is asked this often at most, however often its caller asks. */
export const WELL_ASK_SECONDS = 10

/** While refreshes are halted, X is probed this often. */
export const PROBE_SECONDS = 60
/**
 * The first sweep after a halt queues this many accounts, each further one twice as many, so that X is not run over.
 */
export const RESUME_ACCOUNTS = 500
/** A sweep that may queue this many accounts may queue all: the pace after a halt is over. */
export const RESUME_DONE_ACCOUNTS = 50_000
/** The status shows this many sweeps. */
export const SWEEPS_REMEMBERED = 10
/**
 * An invocation lists this many pages before a message carries the sweep on: about 125 subrequests of 1,000, half a
 * second of CPU.
 */
export const SWEEP_PAGES = 100
/** A sweep has this many records sealed anew at most: each is a KV write. */
export const RESEAL_ACCOUNTS = 500
/** The status names this many accounts whose sealing key is missing. */
export const MISSING_KEY_IDS = 50
/** A call restores this many accounts: each is a KV read and an object’s call. */
export const RESTORE_PAGE = 100
/**
 * A sealing key may go a day after the last record under it: a login’s grant that nobody may have waits so long for X.
 */
export const OLD_KEY_SECONDS = 86_400

/** While refreshes are frozen, whoever needs one should ask again after this: a move takes minutes. */
export const FREEZE_RETRY_SECONDS = 60
/**
 * A batch that was let through before a freeze is over after this: 50 refreshes, six at once, each waited for 20 s, and a
 * call that goes on for 90 s.
 */
export const FREEZE_SETTLES_SECONDS = 300

/** A wait that X asks for is cut to this: its rate-limit window is 15 minutes, and a reset further away is junk. */
export const RETRY_AFTER_MAX_SECONDS = 900
/** X is left alone for this long when it asks for a wait and says nothing believable about how long. */
export const RETRY_AFTER_DEFAULT_SECONDS = 60
/** Two clocks may differ by this much: a time that is past, or ahead, by less is one of now. */
export const CLOCK_SKEW_SECONDS = 60

/** An access token is taken to live two hours, as X’s do, when `expires_in` cannot be read. */
export const ACCESS_TOKEN_TTL_SECONDS = 7200
/** A grant is due this long before it expires: four to six sweeps may fail before anybody notices. */
export const DUE_BEFORE_EXPIRY_SECONDS = 1200
/**
 * A grant is due in the last part of its life, this one at most: with a token that lives for minutes the 20 minutes
 * above would mean a refresh with every sweep.
 */
export const DUE_SHARE_MAX = 1 / 3
/**
 * A grant is due up to this much earlier still, always the same for one account, so that accounts connected together do
 * not fall due together.
 */
export const DUE_JITTER_SECONDS = 600
/** A sweep begins this often: the cron’s period. */
export const SWEEP_PERIOD_SECONDS = 300
/** Without a sweep for this long, while there are accounts, nobody sees to them: three periods. */
export const STALE_SECONDS = 3 * SWEEP_PERIOD_SECONDS
/** An isolate asks for its health this often at most, however often it is asked. */
export const HEALTH_SECONDS = 30
/** The cron of wrangler.toml. Any other one is an error: a guess at what it wants could refresh too often. */
export const SWEEP_CRON = '*/5 * * * *'
/** KV lists at most 1,000 keys a call. */
export const SWEEP_PAGE = 1000
/**
 * A queue message names this many accounts: at 20 s a call and 6 at once it is done in 3 of the consumer’s 15 minutes.
 */
export const SWEEP_MESSAGE_ACCOUNTS = 50
/** A call puts this many messages into the queue, which takes 100, and 256 KB. */
export const QUEUE_BATCH_MESSAGES = 100
/** The queue’s consumer has this many refreshes under way at once: six connections may wait for X’s headers. */
export const REFRESH_CONCURRENCY = 6

/** A leased token is valid this long at least, unless the caller asks otherwise (`min_ttl`). */
export const LEASE_MIN_TTL_SECONDS = 60
/** A caller may ask for a token that is valid this long: half of its life. */
export const LEASE_MIN_TTL_MAX_SECONDS = 3600
/** A lease does not refresh a valid token again that was refreshed within this time. */
export const LEASE_REFRESH_GAP_SECONDS = 60

/** KV's list may be this old: a hint from it about an account that changed since says nothing about KV's copy. */
export const LISTED_LATE_SECONDS = 120
/** An account whose KV copy seems wrong is written to KV again this often at most. */
export const TOLD_AGAIN_SECONDS = 3600

/**
 * A deleted account is remembered for a day: longer than a queued message lives, so that none brings the account back.
 */
export const TOMBSTONE_TTL_SECONDS = 86_400
/**
 * The object `App` is waited for this long. What it knows of halts and pauses is worth that, and no refresh depends on
 * it.
 */
export const APP_PATIENCE_MS = 3000
/**
 * The object `App` waits this long for X’s answer to a probe before it answers who asks, who has {@link
 * APP_PATIENCE_MS}.
 */
export const PROBE_PATIENCE_MS = 2000
/** A row that the storage refuses is written again from memory after this, and after twice as long each time. */
export const STORE_AGAIN_MS = 250
/** A row that the storage refuses is written again this often at least. */
export const STORE_AGAIN_MAX_MS = 30_000
/** A KV write that failed is repeated by alarm after this: KV takes one write a second per key. */
export const REPAIR_SECONDS = 5
/** A reply waits this long for KV; a write that takes longer is seen to by the alarm. */
export const PUBLISH_PATIENCE_MS = 5000
/** A write that KV has not answered after this counts as refused. */
export const VAULT_WRITE_TIMEOUT_MS = 30_000
/**
 * A write that KV did not answer may land for this long, over a newer one: once that is over, the newest one is
 * repeated.
 */
export const LATE_WRITE_SECONDS = 60
/** A caller whose token is good for as long as it asked waits this long for a better one. */
export const LEASE_PATIENCE_MS = 2000
/** An account’s object that has not answered after this cannot be reached: whatever X and KV do, it answers sooner. */
export const OBJECT_PATIENCE_MS = 40_000
/**
 * A caller whose account’s object cannot be reached should ask again after this: the object usually has moved by then.
 */
export const OBJECT_RETRY_SECONDS = 5
/**
 * An object that finds a row of a later build looks again after this: its own code lags behind a deploy so long at
 * most.
 */
export const NEWER_ALARM_SECONDS = 300
/** An account remembers this many logins, to recognize one that is adopted again. */
export const LOGINS_REMEMBERED = 10
/** OAuth 2.0 grants that are kept beside an imported one until it has been refreshed: each import may be the wrong file. */
export const FORMERS_KEPT = 3

/** What an isolate read of callers and accounts it may use this long without asking KV. */
export const ISOLATE_CACHE_SECONDS = 30
/** An isolate remembers this many records: about 2 KB each, far below its 128 MB. */
export const ISOLATE_CACHE_ENTRIES = 2000
/** KV’s own cache at the edge may answer with what is this old; 30 is its minimum. */
export const KV_CACHE_SECONDS = 30
/** A copy of an account that is handed out may be this old: by KV’s cache, the isolate’s, and what KV takes to spread. */
export const COPY_AGE_SECONDS = 90
/** KV reads at most 100 keys in one call. */
export const KV_BULK_KEYS = 100

/** An isolate keeps this many HMAC keys imported: one per account that signs, about 200 bytes each. */
export const HMAC_KEYS_REMEMBERED = 2000

/** A caller may be limited to this many accounts: the list is read with the caller on every call. */
export const CALLER_ACCOUNTS_MAX = 1000
/**
 * A caller may call this many addresses its own (`return_to`): an app has one or two, with its test stages some more.
 */
export const CALLER_RETURN_TO_MAX = 20
/** There may be this many callers: a person made each of them, and a sweep looks at all their copies. */
export const CALLERS_MAX = 1000
/** A key that was rotated works on for a day unless the caller's operator says otherwise: a deploy with the new one. */
export const ROTATE_OVERLAP_SECONDS = 86_400
/** A key that was rotated works on for a week at most: what works longer is not rotated. */
export const ROTATE_OVERLAP_MAX_SECONDS = 7 * 86_400
/** So many keys of one caller may work beside its newest one: each is compared on every call. */
export const FORMER_KEYS_MAX = 5
/**
 * An isolate asks the object `Registry` about keys that KV does not know this often in a row, and then once in {@link
 * REGISTRY_ASK_SECONDS}: anybody can make up keys whose checksum is right.
 */
export const REGISTRY_ASKS_MAX = 10
/** An isolate may ask about one more unknown key after this: at most 8,640 a day, of the free plan's 100,000 calls. */
export const REGISTRY_ASK_SECONDS = 10
/** An isolate remembers this many keys that were refused, about 100 bytes each. */
export const REFUSALS_REMEMBERED = 1000
/** The object `Registry` is waited for this long about a key: a caller waits for the answer. */
export const REGISTRY_PATIENCE_MS = 5000
/** A sweep has this many copies of callers sealed anew at most: each is a KV write. */
export const RESEAL_CALLERS = 100
/** An alarm tells KV of this many callers; the next one goes on at once. An invocation may have 1,000 subrequests. */
export const KV_COPIES_PER_ALARM = 100
/** The object `Registry` has this many writes to KV under way at once: six connections may wait for an answer. */
export const KV_COPIES_AT_ONCE = 6

/** A page of the API has this many callers or accounts, unless the caller asks for another number. */
export const PAGE_DEFAULT = 100
/** A page of the API has this many accounts at most, as many as KV lists in one call. */
export const PAGE_MAX = 1000
/**
 * A page of accounts with a filter looks at this many of KV’s pages at most: 5,000 accounts, each page a list operation.
 */
export const FILTER_PAGES = 5
/** An admin key must be as hard to guess as 32 random characters. */
export const ADMIN_KEY_MIN_CHARS = 32
/**
 * A client is told to wait this long when its address, its site, its key or all together begin too many logins; the
 * period of wrangler.toml.
 */
export const LOGIN_LIMIT_PERIOD_SECONDS = 60
/**
 * An isolate remembers this many networks that began a login: all that may be new in ten minutes, which are 6,000, with
 * room; about 100 bytes each.
 */
export const LOGIN_ADDRESSES_REMEMBERED = 10_000
/** A scope parameter has this many characters at most: X has 27 scopes, all of them together about 400 characters. */
export const SCOPE_MAX_CHARS = 1000
/**
 * A word this long or longer is no scope: X’s longest one has 20 characters, its tokens and secrets have 32 and more.
 */
export const SCOPE_WORD_MAX_CHARS = 30
/** An e-mail address that X gives has this many characters at most: RFC 5321 §4.5.3.1, local part and domain. */
export const EMAIL_MAX_CHARS = 320
/** A time beyond this is taken for milliseconds, and refused: Unix seconds have ten digits until the year 2286. */
export const UNIX_SECONDS_MAX = 9_999_999_999
/** A token’s life, or an expiry in the future, beyond this is a mistake: X’s own tokens live six months at most. */
export const EXPIRES_IN_MAX_SECONDS = 180 * 86_400
/** Browsers remember for a year that we speak https alone. */
export const HSTS_SECONDS = 31_536_000
/**
 * Of an error of X no more is read than this: its own have some hundred characters, and a pattern must not walk over a
 * megabyte.
 */
export const ERROR_TEXT_MAX_CHARS = 10_000
/**
 * A request’s body, JSON or a form, has this many bytes at most: the largest is a caller with 1,000 accounts and 20
 * addresses.
 */
export const BODY_MAX_BYTES = 64 * 1024
/** A call imports this many lines at most: with six under way at once it is done in seconds, and six calls to objects a line are below an invocation’s limit. */
export const IMPORT_LINES_MAX = 200
/** The lines of one call of an import have this many bytes at most: 200 of 1,300, with room for long scopes. */
export const IMPORT_MAX_BYTES = 256 * 1024
/** A call imports this many lines at once: six connections may wait for X’s headers. */
export const IMPORT_CONCURRENCY = 6
/**
 * A refresh token that was brought is remembered for a week, so that the same file sent again presents none of them to X
 * again. An account knows the last ten imports for good.
 */
export const IMPORT_REMEMBERED_SECONDS = 7 * 86_400
/** A page of an export has this many records: each is an object’s call, and about 3 KB. */
export const EXPORT_PAGE = 100
/** An export asks this many objects at once. */
export const EXPORT_CONCURRENCY = 6
/** A sealed record that is moved in has this many characters at most: a caller with 1,000 accounts has 35,000. */
export const EXPORTED_MAX_CHARS = 200_000
/** What accounts are searched for (`q`) has this many characters at most: a display name has 50. */
export const SEARCH_MAX_CHARS = 100
/** A `state` has this many characters at most, as X allows; ours has 43. */
export const STATE_MAX_CHARS = 500
/** A callback’s whole query has this many characters at most; X’s have about 200. */
export const CALLBACK_MAX_CHARS = 4096
/** A code has this many characters at most: X’s have about 100, and whatever is longer is junk. */
export const CODE_MAX_CHARS = 1024
/** A token that is imported has this many characters at most: X’s have about 130. */
export const TOKEN_MAX_CHARS = 1024
/** A PIN has this many characters at most: X’s have seven digits. */
export const PIN_MAX_CHARS = 40
/**
 * A URL that is signed has this many characters at most: room for the 100 ids and every field that X takes in one
 * query.
 */
export const SIGNED_URL_MAX_CHARS = 8192
/** A realm has this many characters at most: it is a word or an address. */
export const REALM_MAX_CHARS = 200
/** An address in a query (`return_to`) has this many characters at most. */
export const URL_MAX_CHARS = 2048
/**
 * A display name is kept in KV’s metadata with this many code points at most: X allows 50, and metadata holds 1,024
 * bytes.
 */
export const NAME_MAX_CHARS = 50

/** An event that the log did not take is sent again after this, and after twice as long each time. */
export const OUTBOX_AGAIN_SECONDS = 5
/** However often the log did not take an event, it is sent again after this at the latest. */
export const OUTBOX_AGAIN_MAX_SECONDS = 300
/** So many events are put into the log at once. */
export const OUTBOX_BATCH = 100
/** An object or a caller waits this long for the log of events. */
export const EVENTS_PATIENCE_MS = 5000
/** A page of events has about so many characters at most: a call between objects carries 32 MiB. */
export const EVENTS_PAGE_CHARS = 4 * 1024 * 1024
/** So many old events are deleted in one turn. */
export const EVENTS_PRUNED = 5000
/** So many events are sealed anew in one sweep. */
export const EVENTS_RESEALED = 200
/** An endpoint is woken at most this often, however many events there are. */
export const WAKE_GAP_MS = 1000
/** An endpoint whose object could not be reached is woken again after this. */
export const WAKE_AGAIN_MS = 30_000
/** Events may stay in the log for so many days at most (`EVENTS_DAYS`): what X delivered is among them. */
export const EVENTS_DAYS_MAX = 365
/** Of the log one call looks at so many events at most, however few of them its filter takes. */
export const EVENTS_LOOKED_AT = 5000
/** An account whose refreshes fail for this long is told to be degraded; shorter troubles of X are nobody’s business. */
export const DEGRADED_AFTER_SECONDS = 1800

/** There may be this many endpoints: each event wakes each of them. */
export const ENDPOINTS_MAX = 50
/** An endpoint's secret that was rotated signs along for a day: a deploy of the receiver with the new one. */
export const ENDPOINT_SECRET_OVERLAP_SECONDS = 86_400
/** So many secrets sign an endpoint's deliveries at most: each is a signature in the header of each delivery. */
export const ENDPOINT_SECRETS_MAX = 6
/** An endpoint may name this many types of events, or beginnings of types: there are fewer of them in Perch itself. */
export const ENDPOINT_TYPES_MAX = 50
/** A type of events has this many characters at most: X's longest has about 40. */
export const EVENT_TYPE_MAX_CHARS = 100
/** An endpoint may be for this many accounts by name: more are better left out, which means all. */
export const ENDPOINT_ACCOUNTS_MAX = 1000
/** An endpoint's address has this many characters at most. */
export const ENDPOINT_URL_MAX_CHARS = 2000
/** An endpoint's description has this many characters at most: a line. */
export const ENDPOINT_DESCRIPTION_MAX_CHARS = 200
/** The object of an endpoint that has ended and could not be told is told again after this. */
export const ENDED_AGAIN_SECONDS = 60
/** A receiver has this long to answer, its body included: Standard Webhooks advises 15 to 30 seconds. */
export const DELIVERY_TIMEOUT_MS = 15_000
/** Of a receiver's answer no more is kept than this: a sentence, or the top of an error page. */
export const ANSWER_MAX_CHARS = 1000
/** An endpoint has so many deliveries under way at once: six connections may wait for an answer. */
export const DELIVERIES_AT_ONCE = 6
/** While new events wait, so many deliveries at once are of events that failed before: those that hang hold nothing up. */
export const RETRIES_AT_ONCE = 3
/** An endpoint asks the log for so many events at once. */
export const DELIVERIES_PULLED = 100
/** So many deliveries of an endpoint may have failed and wait for another try; then no new event is taken from the log. */
export const DELIVERIES_OPEN_MAX = 1000
/** So many deliveries that are over are kept, to be looked at. */
export const DELIVERIES_KEPT = 100
/** Deliveries that are over are deleted so many at once: each costs a deleted row, and not a look at all of them. */
export const DELIVERIES_PRUNED = 100
/** An endpoint that failed so often in a row, with so many events, is tried with one event at a time. */
export const FAILURES_IN_A_ROW = 5
/** To an endpoint that fails, a new event is sent this often, in case it is the former ones that it does not take. */
export const NEW_EVENT_PROBE_SECONDS = 3600
/** An endpoint that did nothing but fail for so long had an outage: what waits is sent as soon as it takes an event. */
export const OUTAGE_SECONDS = 60
/** An endpoint that did nothing but fail for five days is switched off. */
export const ENDPOINT_FAILING_SECONDS = 5 * 86_400
/** How long after each failed try an event is delivered again, the last one over and over; by Standard Webhooks. */
export const DELIVERY_AGAIN_SECONDS: readonly number[] = [
  5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
]
/** A try comes so much earlier or later, as a share of its wait: what failed together does not come together. */
export const DELIVERY_JITTER = 0.2
/** A receiver that asks to wait is left alone for a day at most. */
export const DELIVERY_WAIT_MAX_SECONDS = 86_400
/** A run of an endpoint's alarm works so long: an alarm may take 15 minutes. */
export const ENDPOINT_RUN_MS = 300_000
/** What the last deliveries of a run may take beyond it, before the alarm concludes that its object died. */
export const ENDPOINT_RUN_GRACE_MS = 60_000
/** What an endpoint is, and its owner may read, is asked again after this. */
export const ENDPOINT_KNOWN_MS = 1000
/** An endpoint that could not reach the log or the object `Registry` tries again after this. */
export const ENDPOINT_AGAIN_SECONDS = 30
/** The object of an endpoint is waited for this long. */
export const ENDPOINT_PATIENCE_MS = 5000
/** A delivery of X's has this many bytes at most: a post with all that it refers to has some ten thousand. */
export const DELIVERY_MAX_BYTES = 1024 * 1024
/** Whoever listens to what X delivers is believed to do so for this long: else each delivery costs a call more. */
export const HEARD_REMEMBERED_MS = 30_000
/** A type of X's has this many characters at most in the type of an event: its longest ones have about 40. */
export const X_TYPE_MAX_CHARS = 64
/** A subscription's tag has this many characters at most, by X's rule. */
export const TAG_MAX_CHARS = 200
/** Callers are looked through by so many at once when it is asked whether anybody listens. */
export const HEARD_PAGE = 100
/** X's word that a user took our access away is asked about by a signature for a day, while X gives no answer of use. */
export const REVOKED_GIVE_UP_SECONDS = 86_400
/** So many pages of 1,000 subscriptions are read at most: X lets an app without a contract have 1,500, and 75,000 with one. */
export const SUBSCRIPTION_PAGES_MAX = 100
/** A sweep looks at our webhook at most this often: X checks it itself once an hour or less. */
export const WEBHOOK_LOOK_SECONDS = 3600
/** X's list of webhooks is looked at so often for the outcome of a check that was begun. */
export const VALIDATION_LOOKS = 3
/** Between two looks for the outcome of a check X is given this long: it gives us ten seconds, and we need a fraction. */
export const VALIDATION_LOOK_GAP_MS = 1000
/** Of so many accounts an hourly look finds out whether they are still here: one call to an object each. */
export const LOOK_ACCOUNTS = 200

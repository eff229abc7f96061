/** A code is "valid for 30 seconds". @see X docs, OAuth 2.0 Authorization Code Flow with PKCE */
export const CODE_TTL_SECONDS = 30

/** Six months, as X's developer advocates wrote; X's reference does not say it. Counted per token. */
export const REFRESH_TOKEN_TTL_SECONDS = 180 * 24 * 3600

/** How long a request token lives. X does not say; its page only says "expired because it is too old". */
export const REQUEST_TOKEN_TTL_SECONDS = 15 * 60

/** How far a signature's timestamp may be off, either way. X's value is not published. */
export const TIMESTAMP_WINDOW_SECONDS = 5 * 60

/** "About 7 digits". @see X docs, PIN-based OAuth */
export const PIN_DIGITS = 7

/** "Up to 500 characters". @see X docs, OAuth 2.0 Authorization Code Flow with PKCE */
export const STATE_MAX_LENGTH = 500

/** Callback URLs an app may register. @see X docs, Developer apps */
export const CALLBACKS_MAX = 10

/** The window that X counts API calls in. @see X docs, Rate limits */
export const RATE_WINDOW_SECONDS = 15 * 60

/** Seconds until `x-rate-limit-reset` when a fault plays a 429: short, so that tests can wait for it. */
export const FAULT_RESET_SECONDS = 15

/** `x-rate-limit-limit` of a fault's 429 where X has no limit of its own, as at the token endpoint. */
export const FAULT_LIMIT = 75

/** How long a webhook may take. @see X docs, Webhooks, "Quickstart" */
export const WEBHOOK_TIMEOUT_MS = 10_000

/** The longest URL of a webhook. @see X docs, Webhooks */
export const WEBHOOK_URL_MAX_CHARS = 200

/** A webhook is checked again when it has not answered well for this long. @see X docs, Webhooks, "Introduction" */
export const CHECK_AFTER_SECONDS = 24 * 3600

/** How often it is checked while it does not answer. */
export const CHECK_AGAIN_SECONDS = 30 * 60

/** A webhook that has not answered well for longer than this gets no more events. */
export const CHECK_GRACE_SECONDS = 28 * 3600

/** When a delivery is tried again, seconds after the event: three more tries in five minutes. */
export const RETRY_SECONDS = [30, 120, 300] as const

/** How far back a replay reaches. */
export const REPLAY_SECONDS = 24 * 3600

/** Subscriptions of a self-serve developer. */
export const SUBSCRIPTIONS_MAX = 1500

/** How often a stream without posts says that it is alive. @see X docs, Filtered Stream */
export const KEEP_ALIVE_MS = 20_000

/** Radio buttons on the consent page; other usernames can be typed. */
export const USERS_SHOWN = 20

/** Calls on the home page. */
export const CALLS_SHOWN = 20

/** Users, grants or calls in one answer of the control API, unless `?limit=` says otherwise. */
export const LIST_LIMIT = 1000

/** The longest `delay:` a fault may ask for. */
export const DELAY_MAX_MS = 10 * 60 * 1000

/** Between the half of a lost reply and its end: time for that half to reach the client. */
export const HALF_REPLY_MS = 100

/** How long a reply that stalls is held open for a client that never goes away. */
export const STALL_MAX_MS = 10 * 60 * 1000

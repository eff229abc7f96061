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

/** Radio buttons on the consent page; other usernames can be typed. */
export const USERS_SHOWN = 20

/** Users, grants or calls in one answer of the control API, unless `?limit=` says otherwise. */
export const LIST_LIMIT = 1000

/** The longest `delay:` a fault may ask for. */
export const DELAY_MAX_MS = 10 * 60 * 1000

/** Between the half of a lost reply and its end: time for that half to reach the client. */
export const HALF_REPLY_MS = 100

/** How long a reply that stalls is held open for a client that never goes away. */
export const STALL_MAX_MS = 10 * 60 * 1000

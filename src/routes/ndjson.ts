/** Lines of JSON, as a body. */

/** The type by which they are sent. */
export const NDJSON = 'application/x-ndjson'

/** The types by which they are known: there is no registered one. */
export const LINES = /^application\/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines)\s*(;|$)/i

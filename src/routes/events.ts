/** `GET /v1/events`: the log of events, a page at a time. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { type Caller, readsX } from '../caller/caller'
import { keyringOf } from '../crypto/keyring'
import { configOf } from '../env'
import { eventJson, isOfType, isVisible, type LoggedEvent } from '../events/event'
import { openedEvent, type StoredEvent } from '../events/stored'
import { readEvents } from '../events/stub'
import { EVENTS_LOOKED_AT, EVENTS_PAGE_CHARS, PAGE_DEFAULT, PAGE_MAX } from '../limits'
import { USER_ID } from '../x/user'
import { callerWith } from './api'
import { readQuery, WholeNumber } from './input'
import type { AppEnv } from './middleware'

/** One type, or the beginning of types: `account.*`. Several are separated by commas. */
const Types = v.pipe(
  v.string(),
  v.regex(
    /^(\*|[a-z][\w-]*(\.[\w-]+)*(\.\*)?)(,(\*|[a-z][\w-]*(\.[\w-]+)*(\.\*)?))*$/,
    'types such as account.connected, or beginnings such as account.*, are expected',
  ),
  v.maxLength(1000, 'at most 1,000 characters'),
  v.transform((text) => text.split(',')),
)

const EventsQuery = v.strictObject({
  after: v.optional(WholeNumber(0, Number.MAX_SAFE_INTEGER)),
  limit: v.optional(WholeNumber(1, PAGE_MAX)),
  type: v.optional(Types),
  account: v.optional(v.pipe(v.string(), v.regex(USER_ID, 'an X user id is expected'))),
})

/** The route of `/v1/events`. */
export const events = new Hono<AppEnv>().get('/', async (c) => {
  const caller = await callerWith(c, 'events')
  const query = readQuery(c, EventsQuery)
  const limit = query.limit ?? PAGE_DEFAULT
  const found: StoredEvent<LoggedEvent>[] = []
  let after = query.after
  let last = 0
  let chars = 0
  // What X delivered may be long: a page ends early rather than fill the memory.
  for (
    let left = EVENTS_LOOKED_AT;
    left > 0 && found.length < limit && chars < EVENTS_PAGE_CHARS;
  ) {
    const page = await readEvents(c.env, after, Math.min(left, PAGE_MAX))
    left -= page.through - (after ?? Math.max(page.first - 1, 0))
    last = page.last
    after = page.through
    for (const event of page.events) {
      if (!isWanted(event, caller, query)) continue
      found.push(event)
      chars += event.raw?.length ?? 0
      if (found.length < limit) continue
      // What comes after the last one that fits on this page is for the next one.
      after = event.seq
      break
    }
    if (page.through >= page.last) break
  }
  const keyring = found.some(({ raw }) => raw !== undefined)
    ? await keyringOf(configOf(c.env).sealingKeys)
    : undefined
  const opened = await Promise.all(
    found.map((event) =>
      keyring ? openedEvent(keyring, event).catch(() => unopened(event)) : event,
    ),
  )
  return c.json({ events: opened.map(eventJson), after: after ?? 0, more: (after ?? 0) < last })
})

/** One whose sealing key is not configured keeps nobody from reading the others. */
const unopened = (event: LoggedEvent): LoggedEvent => ({
  ...event,
  data: { ...event.data, sealing_key_missing: true },
})

const isWanted = (
  event: LoggedEvent,
  caller: Caller,
  { type, account }: v.InferOutput<typeof EventsQuery>,
): boolean =>
  isVisible(event, { accounts: caller.accounts, readsX: readsX(caller) }) &&
  (type === undefined || isOfType(event.type, type)) &&
  (account === undefined || event.data.account?.id === account)

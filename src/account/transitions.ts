/**
 * The life of an account's OAuth 2.0 grant as one table. Nothing runs on it: `adoption.ts`, `attempt.ts`, `exchange.ts`, `expiry.ts` and `fields.ts`
 * make the steps, and a test drives those and finds this table, and the diagram of docs/refresh.md, to be what they do.
 */
import { type AccountRecord, isTombstone } from './record'

/** Where an OAuth 2.0 grant stands. Only `login_required` and `suspected` are its account's `status`; the others are `ok`. */
export type GrantState =
  /** No OAuth 2.0 grant is held. */
  | 'none'
  /** It works, and the last refresh brought a pair. */
  | 'ok'
  /** The journal of a refresh stands in the record: its call may be under way. */
  | 'refreshing'
  /** The journal of an exchange stands in the record: its call may be under way. */
  | 'exchanging'
  /** X has ended the pair, or may have, and the OAuth 1.0a token is exchanged for another one: now, or again. */
  | 'healing'
  /** The last refresh failed, and X did not act on it: it is due again later. */
  | 'waiting'
  /** A call's outcome got lost: X may hold a newer pair than Perch. */
  | 'in_doubt'
  /** X refused it together with so many others that its refusal is not believed yet: it is tried again. */
  | 'suspected'
  /** X refused it, or it is another account's: only a login helps. */
  | 'login_required'

/** An event that moves a grant from one state to another. */
export type GrantEvent =
  | 'login or import'
  | 'ended here'
  | 'token of another'
  | 'refresh begins'
  | 'exchange begins'
  | 'answer comes late'
  | 'new pair'
  | 'no in passing'
  | 'no usable answer'
  | 'token refused'
  | 'OAuth 1.0a token comes'
  | 'OAuth 1.0a token refused'
  | 'OAuth 1.0a token ended here'
  | 'no exchange for this app'
  | 'imported token refused'
  | 'app refused'
  | 'another app'
  | 'refused with many'
  | 'it expires'

/**
 * A change of state. From `any`: from whichever state a held grant is in. To `before`: to the one that it was in when its
 * refresh began, since what was in doubt, suspected or refused stays so until X says something definite.
 */
export interface Transition {
  from: GrantState | 'any'
  event: GrantEvent
  to: GrantState | 'before'
}

/** Every change of state that can be. What is not here changes no state; a restore brings a copy back as it was. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'none', event: 'login or import', to: 'ok' },
  { from: 'any', event: 'login or import', to: 'ok' },
  { from: 'any', event: 'ended here', to: 'none' },
  { from: 'any', event: 'token of another', to: 'login_required' },

  { from: 'ok', event: 'it expires', to: 'login_required' },
  { from: 'waiting', event: 'it expires', to: 'login_required' },
  { from: 'in_doubt', event: 'it expires', to: 'login_required' },
  { from: 'waiting', event: 'imported token refused', to: 'ok' },
  { from: 'ok', event: 'refresh begins', to: 'refreshing' },
  { from: 'ok', event: 'another app', to: 'waiting' },
  { from: 'waiting', event: 'refresh begins', to: 'refreshing' },
  { from: 'in_doubt', event: 'refresh begins', to: 'refreshing' },
  { from: 'suspected', event: 'refresh begins', to: 'refreshing' },
  { from: 'login_required', event: 'refresh begins', to: 'refreshing' },
  { from: 'login_required', event: 'refused with many', to: 'suspected' },
  { from: 'in_doubt', event: 'answer comes late', to: 'refreshing' },
  { from: 'suspected', event: 'answer comes late', to: 'refreshing' },
  { from: 'login_required', event: 'answer comes late', to: 'refreshing' },

  { from: 'ok', event: 'exchange begins', to: 'exchanging' },
  { from: 'waiting', event: 'exchange begins', to: 'exchanging' },
  { from: 'in_doubt', event: 'exchange begins', to: 'exchanging' },
  { from: 'suspected', event: 'exchange begins', to: 'exchanging' },
  { from: 'login_required', event: 'exchange begins', to: 'exchanging' },
  { from: 'healing', event: 'exchange begins', to: 'exchanging' },
  { from: 'healing', event: 'answer comes late', to: 'exchanging' },
  { from: 'healing', event: 'answer comes late', to: 'refreshing' },
  { from: 'in_doubt', event: 'answer comes late', to: 'exchanging' },
  { from: 'suspected', event: 'answer comes late', to: 'exchanging' },
  { from: 'login_required', event: 'answer comes late', to: 'exchanging' },
  { from: 'login_required', event: 'OAuth 1.0a token comes', to: 'healing' },

  { from: 'refreshing', event: 'new pair', to: 'ok' },
  { from: 'refreshing', event: 'no in passing', to: 'waiting' },
  { from: 'refreshing', event: 'no in passing', to: 'before' },
  { from: 'refreshing', event: 'no usable answer', to: 'in_doubt' },
  { from: 'refreshing', event: 'no usable answer', to: 'before' },
  { from: 'refreshing', event: 'app refused', to: 'waiting' },
  { from: 'refreshing', event: 'app refused', to: 'before' },
  { from: 'refreshing', event: 'token refused', to: 'login_required' },
  { from: 'refreshing', event: 'token refused', to: 'healing' },
  { from: 'refreshing', event: 'imported token refused', to: 'ok' },
  { from: 'refreshing', event: 'imported token refused', to: 'in_doubt' },

  { from: 'exchanging', event: 'new pair', to: 'ok' },
  { from: 'exchanging', event: 'no usable answer', to: 'healing' },
  { from: 'exchanging', event: 'no usable answer', to: 'before' },
  { from: 'exchanging', event: 'no usable answer', to: 'in_doubt' },
  { from: 'exchanging', event: 'no in passing', to: 'before' },
  { from: 'exchanging', event: 'app refused', to: 'before' },
  { from: 'exchanging', event: 'OAuth 1.0a token refused', to: 'login_required' },
  { from: 'exchanging', event: 'OAuth 1.0a token refused', to: 'before' },
  { from: 'exchanging', event: 'no exchange for this app', to: 'login_required' },
  { from: 'exchanging', event: 'no exchange for this app', to: 'before' },
  { from: 'exchanging', event: 'OAuth 1.0a token ended here', to: 'login_required' },
  { from: 'exchanging', event: 'OAuth 1.0a token ended here', to: 'in_doubt' },
  { from: 'exchanging', event: 'OAuth 1.0a token ended here', to: 'suspected' },
  { from: 'exchanging', event: 'OAuth 1.0a token refused', to: 'in_doubt' },
  { from: 'exchanging', event: 'OAuth 1.0a token refused', to: 'suspected' },
  { from: 'exchanging', event: 'no exchange for this app', to: 'in_doubt' },
  { from: 'exchanging', event: 'no exchange for this app', to: 'suspected' },
  { from: 'healing', event: 'OAuth 1.0a token ended here', to: 'login_required' },
  { from: 'healing', event: 'OAuth 1.0a token ended here', to: 'in_doubt' },
  { from: 'healing', event: 'OAuth 1.0a token ended here', to: 'suspected' },
  { from: 'healing', event: 'refused with many', to: 'suspected' },

  // Of a pair that nothing can refresh X is asked by a call, where its webhook says that the user took it away.
  { from: 'ok', event: 'token refused', to: 'login_required' },
  { from: 'suspected', event: 'it expires', to: 'login_required' },
  { from: 'suspected', event: 'token refused', to: 'login_required' },
  { from: 'suspected', event: 'token refused', to: 'healing' },
  { from: 'healing', event: 'OAuth 1.0a token ended here', to: 'waiting' },
  { from: 'exchanging', event: 'OAuth 1.0a token refused', to: 'waiting' },
  { from: 'exchanging', event: 'no exchange for this app', to: 'waiting' },
  { from: 'waiting', event: 'token refused', to: 'healing' },
  { from: 'waiting', event: 'token refused', to: 'login_required' },
  { from: 'in_doubt', event: 'token refused', to: 'login_required' },
  { from: 'in_doubt', event: 'token refused', to: 'healing' },
  { from: 'ok', event: 'token refused', to: 'healing' },
]

/** The state of a record's OAuth 2.0 grant, as far as it can be read from the record. */
export function grantStateOf(record: AccountRecord | undefined): GrantState {
  if (!record || isTombstone(record) || !record.oauth2) return 'none'
  const { status, attempt, inDoubt, exchange, oauth2 } = record
  // A journal changes nothing for a token that is another account's: whatever X says, it is not handed out.
  if (attempt?.by) return 'exchanging'
  if (attempt && oauth2.ended?.reason !== 'belongs_to_another') return 'refreshing'
  if (exchange) return 'healing'
  if (status !== 'ok') return status
  if (inDoubt) return 'in_doubt'
  return oauth2.failure ? 'waiting' : 'ok'
}

/** What the object `App` knows of the app as a whole. Its row has this, and the bearer. */
import type { Hour } from './rotations'
import type { SweepStats } from './sweep-stats'
import type { Window } from './window'

/** What concerns the whole app. Times are Unix seconds. */
export interface AppState extends Reach {
  halt?: Halt
  /** The operator froze all refreshes, and since when. */
  freeze?: { since: number }
  /** X asked the app to wait: from `pausedSince` until `pausedUntil` no account's refresh leaves. */
  pausedSince?: number
  pausedUntil?: number
  /** After a halt or a pause: how many accounts the next sweep may queue. */
  resume?: number
  /** X exchanges no OAuth 1.0a tokens for this app, though they are good: what it said, and since when. */
  exchange?: { message: string; since: number }
  /** The last sweeps, the newest one first. */
  sweeps: SweepStats[]
  /** The halt before, and when it ended. */
  lastHalt?: Halt & { until: number }
  lastMassHalt?: FormerMassHalt
  /** The refreshes of the last ten minutes, and X's refusals. */
  window?: Window
  /** The refreshes of the last day. */
  hours?: Hour[]
  /** Accounts whose refusal is suspected, and whose objects do not know that yet. */
  suspects?: string[]
  /** The webhook that this deployment registered at X. */
  webhook?: HeldWebhook
  /** When a sweep was told last to look at it. */
  webhookLookedAt?: number
  /** The first sealing key, and since when it is the first. */
  key?: { id: string; since: number }
}

/** The state of an app of which nothing is known: nothing is halted. */
export const newState = (): AppState => ({ sweeps: [] })

/** A stop of all refreshes, and its reason. Times are Unix seconds. */
export interface Halt {
  reason: 'credentials_refused' | 'mass_refusal'
  message: string
  since: number
  /** When X is asked next. A made-up token that X answers rightly ends a halt for credentials, never one for refusals. */
  probeAt: number
  /** Of a halt for refusals: which of {@link MASS_HALT_SECONDS} it lasts. */
  step?: number
  /** Of a halt for refusals: the accounts that X refused in it, the last ones. */
  refused?: string[]
  /** Of a halt for refusals: X is asked about real accounts. */
  turn?: Turn
}

/** The question to X whether its refusals still stand, put with a few real accounts. */
export interface Turn {
  /** The how manieth of this halt. */
  number: number
  /** How many accounts that X never refused may leave yet: all that it refused may be dead for good. */
  free: number
  /** X has refused again, so the halt lasts its next step. */
  refused?: true
}

/** The halt for refusals before: how long it was, and when it ended. */
export interface FormerMassHalt {
  step: number
  until: number
}

/** What is known of how X answers refreshes. Times are Unix seconds. */
export interface Reach {
  /** The last refreshes that were told of, ten at most. Those that X answers are told of only while there is trouble. */
  outcomes?: { at: number; isAnswered: boolean }[]
  /** When a refresh was last left without a usable answer. */
  unansweredAt?: number
  /** Since when X answers again, after that. */
  wellSince?: number
  breaker?: Breaker
}

/** Refreshes are held back, since X does not answer them. Times are Unix seconds. */
export interface Breaker {
  since: number
  /** What came instead of an answer. */
  message: string
  /** When X is asked next. */
  probeAt: number
  /** X has answered a made-up token: some real ones may leave. `left`: how many more. `answered`: how many X answered. */
  trial?: { left: number; answered: number }
}

/** A webhook of ours, as X said of it last. */
export interface HeldWebhook {
  id: string
  url: string
  /** Whether X delivers to it. */
  valid: boolean
  /** When X was asked last. */
  checkedAt: number
  /** When `valid` was last found to be another than before; at first when it was registered. */
  changedAt: number
}

import { DELAY_MAX_MS } from '../limits.ts'
import { areHeaders, type Limits, readLimits } from './limits-of-fault.ts'

/** Ways to spoil a token reply that X has acted upon. */
export const MANGLES = [
  'no_token_type',
  'empty_refresh_token',
  'null_expires_in',
  'status_201',
  'extra_fields',
] as const

/** One of MANGLES. */
export type Mangle = (typeof MANGLES)[number]

/** Something that goes wrong, read from its text. */
export type Fault =
  | { kind: 'drop_before' | 'drop_after_commit' | 'reset_before' | 'reset_after' | 'twice' }
  | { kind: 'html' | 'gateway'; status: number }
  | { kind: 'status'; status: number; limits: Limits }
  | { kind: 'cut' | 'stall' | 'padded'; bytes: number }
  | { kind: 'delay' | 'delay_reply' | 'slow'; ms: number }
  | { kind: 'mangle'; mangle: Mangle }
  | { kind: 'reply'; status: number; body: unknown; headers: Record<string, string> }

/** What `POST /_emulator/faults` takes, for its error message and the README. */
export const FAULTS: Record<string, string> = {
  drop_after_commit: 'X acts on the call, and half of its reply arrives',
  'cut:<n>': 'X acts on the call, and all but the last n bytes of its reply arrive',
  stall: 'X acts, status and headers arrive, the body never does; stall:<n> its first n bytes',
  'slow:<ms>': 'X acts, and its reply arrives in pieces, over this time',
  'padded:<n>': 'X acts, and n spaces stand before the end of its reply',
  'gateway:<200-599>': 'X acts, and something in front of it answers this status with an HTML page',
  drop_before: 'X does nothing, and half of a reply arrives',
  'reset_before, reset_after':
    'X does nothing, or acts, and the proxy in front resets the connection; without one it is a 502',
  'status:<200-599>':
    'X does nothing and answers with this status; status:<n>:{"headers":{},"reset_in":15,"retry_after":5,"daily":{}} says more',
  html: 'X does nothing and answers 503 with an HTML page; html:<200-599> for another status',
  twice: 'the call reaches X twice: X acts on both, and the answer to the second arrives',
  'delay:<ms>': 'X waits, then acts',
  'delay_reply:<ms>': 'X acts, waits, then answers',
  [`mangle:${MANGLES.join('|')}`]: 'X acts, and its token reply is odd',
  'reply:{"status":400,"body":{},"headers":{}}': 'X does nothing and answers exactly this',
}

/** Reads a fault's text; undefined if there is no such fault. */
export function parseFault(text: string): Fault | undefined {
  const [kind, argument] = split(text)
  switch (kind) {
    case 'drop_before':
    case 'drop_after_commit':
    case 'twice':
    case 'reset_before':
    case 'reset_after':
      return argument === undefined ? { kind } : undefined
    case 'cut':
    case 'padded':
      return withBytes(kind, argument)
    case 'stall':
      return withBytes(kind, argument ?? '0')
    case 'html':
      return page(kind, argument ?? '503')
    case 'gateway':
      return page(kind, argument ?? '')
    case 'status':
      return withStatus(argument ?? '')
    case 'delay':
    case 'delay_reply':
    case 'slow':
      return withMs(kind, argument)
    case 'mangle': {
      const mangle = MANGLES.find((known) => known === argument)
      return mangle && { kind, mangle }
    }
    case 'reply':
      return reply(argument)
    default:
      return undefined
  }
}

function split(text: string): [string, string | undefined] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

const STATUS = /^[2-5]\d\d$/

function page(kind: 'html' | 'gateway', argument: string): Fault | undefined {
  return STATUS.test(argument) ? { kind, status: Number(argument) } : undefined
}

function withStatus(argument: string): Fault | undefined {
  const [status, more] = split(argument)
  const limits = more === undefined ? {} : readLimits(more)
  if (!STATUS.test(status) || !limits) return undefined
  return { kind: 'status', status: Number(status), limits }
}

function withBytes(
  kind: 'cut' | 'stall' | 'padded',
  argument: string | undefined,
): Fault | undefined {
  return /^\d{1,7}$/.test(argument ?? '') ? { kind, bytes: Number(argument) } : undefined
}

function withMs(
  kind: 'delay' | 'delay_reply' | 'slow',
  argument: string | undefined,
): Fault | undefined {
  const ms = Number(argument)
  return /^\d+$/.test(argument ?? '') && ms <= DELAY_MAX_MS ? { kind, ms } : undefined
}

function reply(argument: string | undefined): Fault | undefined {
  try {
    const asked = JSON.parse(argument ?? '') as Record<string, unknown>
    const { status = 200, body = null, headers = {} } = asked
    const valid = Number.isInteger(status) && STATUS.test(String(status)) && areHeaders(headers)
    return valid ? { kind: 'reply', status: Number(status), body, headers } : undefined
  } catch {
    return undefined
  }
}

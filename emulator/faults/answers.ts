import { problem } from '../api/problem.ts'
import { type Limits, limitHeaders, type Moment } from './limits-of-fault.ts'

/** Statuses that the fetch standard allows no body for. */
const BODILESS = new Set([204, 205, 304])

/** What X answers with this status when it does not act. */
export function statusAnswer(status: number, limits: Limits, moment: Moment): Response {
  const headers = limitHeaders(status, limits, moment)
  if (BODILESS.has(status)) return new Response(null, { status, headers })
  if (status === 429) return problem(429, 'Too Many Requests', 'Too Many Requests', headers)
  if (status === 503) return problem(503, 'Service Unavailable', 'Service Unavailable', headers)
  return new Response(`${status}\n`, {
    status,
    headers: { 'Content-Type': 'text/plain;charset=utf-8', ...headers },
  })
}

/** An HTML page where JSON was expected, as X's edge sends when it is overloaded. */
export function htmlAnswer(status: number): Response {
  if (BODILESS.has(status)) return new Response(null, { status })
  const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Over capacity</title></head>
<body><h1>Something is technically wrong.</h1><p>Emulated: a fault asked for this page.</p></body></html>
`
  return new Response(page, { status, headers: { 'Content-Type': 'text/html;charset=utf-8' } })
}

/** Exactly what the fault asked for: JSON, or a string as plain text. */
export function exactAnswer(
  status: number,
  body: unknown,
  headers: Record<string, string>,
): Response {
  if (BODILESS.has(status)) return new Response(null, { status, headers })
  const text = typeof body === 'string'
  return new Response(text ? body : JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': text ? 'text/plain;charset=utf-8' : 'application/json;charset=utf-8',
      ...headers,
    },
  })
}

/** Asks the proxy in front of the emulator to reset the connection, as the Worker cannot do it. */
export const RESET_HEADER = 'X-Emulator-Reset'

/** What a proxy makes a reset connection of, and who has none sees as an empty 502. */
export function resetAnswer(): Response {
  return new Response(null, { status: 502, headers: { [RESET_HEADER]: '1' } })
}

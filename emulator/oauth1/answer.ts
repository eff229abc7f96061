import { percentEncode } from './percent.ts'

/** X's form-encoded reply, which it labels as HTML. */
export function formAnswer(fields: Record<string, string>): Response {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${percentEncode(value)}`)
  return new Response(pairs.join('&'), {
    headers: { 'Content-Type': 'text/html;charset=utf-8', 'Cache-Control': 'no-store' },
  })
}

import { problemOf } from '../api/problem.ts'

/** X's refusal of a webhook, its reason first. */
export function webhookRefused(reason: string, details: string): Response {
  return problemOf({
    errors: [{ message: `${reason}: ${details}` }],
    title: 'Invalid Request',
    detail: 'One or more parameters to your request was invalid.',
    type: 'https://api.twitter.com/2/problems/invalid-request',
    status: 400,
  })
}

/** JSON objects in a body; anything else is an empty one. */
export function fieldsOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A time as X's API writes it. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

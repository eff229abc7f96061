import type { Kind } from '../store/grants.ts'
import type { Endpoint } from './endpoint.ts'
import table from './operations.json' with { type: 'json' }
import { rateLimitOf } from './rate-limit.ts'

type Row = [kinds: string, scopes: string, query: string]

const OPERATIONS = new Map(Object.entries(table.operations as unknown as Record<string, Row>))
const VALUES = new Map(Object.entries(table.values as Record<string, string[]>))
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

/**
 * An operation of API 2 as X's own description has it: the kinds of access, the scopes, the query; and with X's limit.
 *
 * @param name - method and path template, such as `GET /2/users/me`
 */
export function operation(name: string): Endpoint {
  const row = OPERATIONS.get(name)
  if (!row) throw new Error(`X describes no operation ${name}.`)
  const [kinds, scopes, query] = row
  return {
    name,
    version: '2',
    kinds: words(kinds) as Kind[],
    scopes: words(scopes),
    writes: !name.startsWith('GET '),
    limit: rateLimitOf(name),
    query: withBothNames(words(query)),
  }
}

/** The operation that a request is for, whether it is played here or not. */
export function findOperation(method: string, path: string): string | undefined {
  const segments = path.split('/')
  const fits = (name: string): boolean => {
    const [of, template = ''] = name.split(' ')
    const parts = template.split('/')
    const same = (part: string, at: number) => part.startsWith('{') || part === segments[at]
    return of === method && parts.length === segments.length && parts.every(same)
  }
  const found = [...OPERATIONS.keys()].filter(fits)
  // `/2/users/me` is not the user whose id is `me`.
  return found.sort((a, b) => a.split('{').length - b.split('{').length)[0]
}

/** The values that a parameter such as `user.fields` takes; undefined if it takes any. */
export function valuesOf(parameter: string): string[] | undefined {
  const either = OTHER_NAMES[parameter]
  const values = [parameter, either ?? ''].flatMap((name) => VALUES.get(name) ?? [])
  return values.length > 0 ? [...new Set(values)].sort() : undefined
}

/** X's description has begun to call posts by their new name; clients send the old one, and X takes both. */
const OTHER_NAMES: Record<string, string> = {
  'tweet.fields': 'post.fields',
  'post.fields': 'tweet.fields',
}

function withBothNames(query: string[]): string[] {
  return [...new Set(query.flatMap((name) => [name, OTHER_NAMES[name] ?? name]))].sort()
}

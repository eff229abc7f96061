import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Endpoint } from './endpoint.ts'
import { valuesOf } from './operation.ts'
import { invalidRequest } from './problem.ts'

/** What the list of calls says: in words that never hold what the client sent. */
const UNKNOWN = 'parameter, or its value, unknown'

/** X's answer to a query that an operation does not take. Undefined: it takes it. */
export function wrongParameters(c: Context<X>, { query }: Endpoint): Response | undefined {
  if (query === undefined) return undefined
  const { call } = c.env.exchange
  for (const [name, value] of new URL(c.req.url).searchParams) {
    // A signature may stand in the query.
    if (name.startsWith('oauth_')) continue
    if (!query.includes(name)) {
      call.why = UNKNOWN
      const list = ['id', ...query].join(',')
      return invalidRequest(`The query parameter [${name}] is not one of [${list}]`, {
        [name]: [value],
      })
    }
    const known = valuesOf(name)
    const wrong = known && value.split(',').find((each) => !known.includes(each))
    if (wrong !== undefined) {
      call.why = UNKNOWN
      return invalidRequest(
        `The \`${name}\` query parameter value [${wrong}] is not one of [${known?.join(',')}]`,
        { [name]: [value] },
      )
    }
  }
  return undefined
}

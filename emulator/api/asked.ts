import type { Context } from 'hono'
import type { X } from '../env.ts'
import type { Slice } from '../store/tweets.ts'
import { invalidRequest } from './problem.ts'

/** Which fields and expansions a call asks for. */
export interface Asked {
  userFields: string[]
  tweetFields: string[]
  expansions: string[]
}

/** Reads them. That X knows each of them was looked at before. */
export function asked(c: Context<X>): Asked {
  const list = (...names: string[]) =>
    names.flatMap((name) => (c.req.query(name) ?? '').split(',').filter((each) => each !== ''))
  return {
    userFields: list('user.fields'),
    tweetFields: list('tweet.fields', 'post.fields'),
    expansions: list('expansions'),
  }
}

/** Which page of a list: `max_results`, `pagination_token` or `next_token`, `since_id`, `until_id`; or X's 400. */
export function sliceOf(c: Context<X>, least: number, most: number, usual: number) {
  const size = Number(c.req.query('max_results') ?? usual)
  if (!Number.isInteger(size) || size < least || size > most)
    return invalidRequest(
      `The \`max_results\` query parameter value [${c.req.query('max_results')}] is not between ${least} and ${most}`,
      { max_results: [c.req.query('max_results') ?? ''] },
    )
  const token = c.req.query('pagination_token') ?? c.req.query('next_token')
  const at = token === undefined ? undefined : readToken(token)
  if (token !== undefined && at === undefined)
    return invalidRequest(`The \`pagination_token\` value [${token}] is not valid`, {
      pagination_token: [token],
    })
  const until = c.req.query('until_id')
  const since = c.req.query('since_id')
  const slice: Slice = {
    limit: size,
    before: at ?? (until === undefined ? undefined : Number(until)),
    after: since === undefined ? undefined : Number(since),
  }
  return slice
}

/** A page's token: opaque as X's are, the last id of the page before inside. */
export function tokenFor(id: number): string {
  return `7140${id.toString(36)}`
}

function readToken(token: string): number | undefined {
  const id = Number.parseInt(/^7140([0-9a-z]{1,12})$/.exec(token)?.[1] ?? '', 36)
  return Number.isNaN(id) ? undefined : id
}

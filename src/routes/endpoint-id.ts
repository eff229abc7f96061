import type { Context } from 'hono'
import { ENDPOINT_ID } from '../caller/manage-endpoints'
import { Failure } from '../failure'
import type { AppEnv } from './middleware'
import { note } from './request-log'

/** The endpoint id in the path. @throws Failure `endpoint_unknown` */
export function endpointId(c: Context<AppEnv>): string {
  const id = c.req.param('id') ?? ''
  if (!ENDPOINT_ID.test(id)) throw new Failure('endpoint_unknown')
  note(c, { endpoint: id })
  return id
}

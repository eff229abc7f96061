import type { Refusal } from '../errors.ts'
import { mayWrite } from '../oauth1/access.ts'
import type { App } from '../store/apps.ts'
import type { Caller } from './caller.ts'
import type { Endpoint } from './endpoint.ts'

/** What a caller lacks for an endpoint. Undefined: nothing. */
export function forbidden(app: App, caller: Caller, endpoint: Endpoint): Refusal | undefined {
  const { grant } = caller
  if (!endpoint.kinds.includes(grant.kind)) return { error: 'wrong_kind', why: grant.kind }
  if (app.plan === 'none' || (app.plan === 'v2' && endpoint.version === '1.1')) {
    return { error: 'not_in_plan', why: `plan ${app.plan}` }
  }
  if (grant.kind === 'oauth1' && endpoint.writes && !mayWrite(app, grant)) {
    return { error: 'read_only', why: `token ${grant.scope}, app ${app.permissions}` }
  }
  const granted = new Set(grant.scope.split(' '))
  const missing = endpoint.scopes.filter((scope) => !granted.has(scope))
  if (grant.kind === 'oauth2' && missing.length > 0) {
    return { error: 'scope_missing', why: `scope ${missing.join(' ')} missing` }
  }
  return undefined
}

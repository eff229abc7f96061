import { type ErrorName, errorAnswer, type Refusal } from '../errors.ts'
import type { Kind } from '../store/grants.ts'
import type { Endpoint } from './endpoint.ts'
import { problem, problemOf } from './problem.ts'

/** X's answer to a caller that it refuses: a problem in API 2, an error with a code in 1.1. */
export function refusalAnswer(refusal: Refusal, endpoint: Endpoint, kind?: Kind): Response {
  return endpoint.version === '1.1'
    ? errorAnswer(refusal.error)
    : problemFor(refusal.error, endpoint, kind)
}

function problemFor(error: ErrorName, endpoint: Endpoint, kind: Kind | undefined): Response {
  switch (error) {
    // X has been seen to answer these with a code in API 2 as well.
    case 'dead_bearer':
    case 'user_suspended':
    case 'user_locked':
      return errorAnswer(error)
    case 'app_suspended':
      return clientForbidden({ detail: 'This application is suspended.' })
    case 'wrong_kind':
      return unsupportedAuthentication(endpoint, kind)
    case 'not_in_plan':
      return clientForbidden(NOT_ENROLLED)
    case 'read_only':
      return problemOf(OAUTH1_PERMISSIONS)
    case 'scope_missing':
      return problem(403, 'Forbidden', 'Forbidden')
    case 'rate_limit':
      return problem(429, 'Too Many Requests', 'Too Many Requests')
    default:
      return problem(401, 'Unauthorized', 'Unauthorized')
  }
}

const PROBLEMS = 'https://api.twitter.com/2/problems'

const NAMES: Record<Kind, string> = {
  oauth1: 'OAuth 1.0a User Context',
  oauth2: 'OAuth 2.0 User Context',
  app: 'OAuth 2.0 Application-Only',
}

/** The two spaces are X's. */
function unsupportedAuthentication(endpoint: Endpoint, kind: Kind = 'app'): Response {
  const supported = endpoint.kinds.map((each) => NAMES[each]).join(', ')
  return problemOf({
    title: 'Unsupported Authentication',
    detail: `Authenticating with ${NAMES[kind]} is forbidden for this endpoint.  Supported authentication types are [${supported}].`,
    type: `${PROBLEMS}/unsupported-authentication`,
    status: 403,
  })
}

function clientForbidden(more: Record<string, unknown>): Response {
  const type = `${PROBLEMS}/client-forbidden`
  return problemOf({ title: 'Client Forbidden', type, status: 403, ...more })
}

const NOT_ENROLLED = {
  client_id: '12345678',
  detail:
    'When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project. You can create a project via the developer portal.',
  registration_url: 'https://developer.twitter.com/en/docs/projects/overview',
  required_enrollment: 'Appropriate Level of API Access',
  reason: 'client-not-enrolled',
}

const OAUTH1_PERMISSIONS = {
  title: 'Forbidden',
  status: 403,
  detail:
    'Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.',
  type: `${PROBLEMS}/oauth1-permissions`,
}

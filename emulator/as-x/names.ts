/** The names that clients know X by. */
export const X_NAMES = [
  'api.x.com',
  'x.com',
  'upload.x.com',
  'api.twitter.com',
  'twitter.com',
  'upload.twitter.com',
] as const

/** Says under which of these names a request came through the proxy, whose last step has no TLS. */
export const ORIGIN_HEADER = 'x-emulator-origin'

/** The request as the client sent and signed it: under X's name, if it came through the proxy. */
export function asSent(request: Request): Request {
  const origin = request.headers.get(ORIGIN_HEADER)
  if (origin === null || !X_NAMES.some((name) => origin === `https://${name}`)) return request
  const { pathname, search } = new URL(request.url)
  return new Request(origin + pathname + search, request)
}

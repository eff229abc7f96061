/**
 * X's error body for API calls.
 *
 * @see X docs, Response codes and errors
 */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return problemOf({ title, type: 'about:blank', status, detail }, headers)
}

/** X's error body for a request whose parameters are wrong. */
export function invalidRequest(message: string, parameters: Record<string, string[]>): Response {
  return problemOf({
    errors: [{ parameters, message }],
    title: 'Invalid Request',
    detail: 'One or more parameters to your request was invalid.',
    type: 'https://api.twitter.com/2/problems/invalid-request',
    status: 400,
  })
}

/** A body of X's own shape, labelled as a problem. */
export function problemOf(
  body: Record<string, unknown> & { status: number },
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  })
}

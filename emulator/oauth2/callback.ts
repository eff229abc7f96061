/**
 * Where the browser goes after the decision. The registered URI stays as it is, byte for byte.
 *
 * @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2)
 */
export function callbackUrl(
  redirectUri: string,
  state: string | undefined,
  answer: Record<string, string>,
): string {
  // On success X puts state first, on denial RFC 6749's example has error first.
  const stateLast = 'error' in answer
  const own = Object.entries(answer)
  const echoed: [string, string][] = state === undefined ? [] : [['state', state]]
  const params = stateLast ? [...own, ...echoed] : [...echoed, ...own]
  const query = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}

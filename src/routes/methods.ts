/** What is answered where an address is right and the method is not. @see [RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.6) */

/** A route as the router has it; `ALL` is what stands before others. */
interface Route {
  method: string
  path: string
}

/** The methods that an address takes, as `Allow` names them; empty where there is nothing. */
export function methodsAt(routes: readonly Route[], path: string): string {
  const methods = routes
    .filter((route) => route.method !== 'ALL' && isAt(route.path, path))
    .map(({ method }) => method)
  if (methods.length === 0) return ''
  // The router answers HEAD wherever there is a GET.
  const all = ['OPTIONS', ...methods, ...(methods.includes('GET') ? ['HEAD'] : [])]
  return [...new Set(all)].sort().join(', ')
}

/** Whether a path fits a route's, part by part: `:id` is any text that is not empty. */
function isAt(pattern: string, path: string): boolean {
  const [parts, given] = [pattern.split('/'), path.split('/')]
  return (
    parts.length === given.length &&
    parts.every((part, n) => (part.startsWith(':') ? given[n] !== '' : part === given[n]))
  )
}

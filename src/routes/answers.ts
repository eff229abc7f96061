/** What several routes answer alike. */
import type { Context } from 'hono'
import type { Disconnected } from '../account/revocation'
import type { Secret } from '../secret'
import type { AppEnv } from './middleware'

/** A token as JSON, or for `Accept: text/plain` the token alone. */
export function tokenAnswer(c: Context<AppEnv>, token: Secret, fields: object): Response {
  const access_token = token.reveal()
  return bareOrJson(c, access_token, { access_token, token_type: 'bearer', ...fields })
}

/** The one text that matters for `Accept: text/plain`, so that a shell can use it as it is; else all of it as JSON. */
export function bareOrJson(c: Context<AppEnv>, bare: string, json: object): Response {
  c.header('vary', 'accept')
  return prefersText(c.req.header('accept') ?? '') ? c.text(bare) : c.json(json)
}

/**
 * Whether a text is wanted rather than JSON: of what the caller takes, the first of those that it likes best. Our own, since
 * the library for it is a hundredth of the Worker.
 *
 * @see [RFC 9110 §12.5.1](https://www.rfc-editor.org/rfc/rfc9110.html#section-12.5.1)
 */
export function prefersText(accept: string): boolean {
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((each) => each.startsWith('q='))
    return { type, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
  })
  const best = ranges
    .filter(({ type, weight }) => weight > 0 && (AS_TEXT.has(type) || AS_JSON.has(type)))
    .toSorted((a, b) => b.weight - a.weight)[0]
  return best !== undefined && AS_TEXT.has(best.type)
}

const AS_TEXT: ReadonlySet<string> = new Set(['text/plain', 'text/*'])
const AS_JSON: ReadonlySet<string> = new Set(['application/json', 'application/*', '*/*'])

/** Whether X confirmed that what was forgotten here has ended there too. */
export const disconnectedJson = ({ revoked, message }: Disconnected) => ({
  revoked,
  ...(revoked
    ? {}
    : {
        note: 'Forgotten here, but X did not confirm: the user can remove the app at X.',
        detail: message,
      }),
})

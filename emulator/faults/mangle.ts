import type { Mangle } from './fault.ts'

/** A token reply's body and status after `mangle` went over it. What the state says is not its business. */
export function mangled(
  body: Record<string, unknown>,
  mangle: Mangle | undefined,
): { body: Record<string, unknown>; status: 200 | 201 } {
  switch (mangle) {
    case 'no_token_type': {
      const { token_type: _, ...rest } = body
      return { body: rest, status: 200 }
    }
    case 'empty_refresh_token':
      return { body: { ...body, refresh_token: '' }, status: 200 }
    case 'null_expires_in':
      return { body: { ...body, expires_in: null }, status: 200 }
    case 'status_201':
      return { body, status: 201 }
    case 'extra_fields':
      return { body: { ...body, id_token: 'not a JWT', errors: [], nested: { a: 1 } }, status: 200 }
    default:
      return { body, status: 200 }
  }
}

/** A failure on its way: as data between an object and the Worker, as an error up to the route that answers. */
import { FAILURES, type FailureCode } from './failures'

/** A failure as plain data, as it is stored and crosses from an object to the Worker. */
export interface FailureData {
  code: FailureCode
  /** What happened this time, in words for a person; never a secret. */
  detail?: string
  /** Seconds after which trying again makes sense. */
  retryAfter?: number
  /** Since when it is so, Unix seconds, where that is known. */
  since?: number
  /** The login that would help, of a `login_required`. */
  login?: LoginNeeded
  /** The first event that is left, of an `events_expired`. */
  firstSeq?: number
}

/** A login that would bring what is missing. */
export interface LoginNeeded {
  /** The kind of grant that it has to bring. */
  kind: 'oauth2' | 'oauth1'
  /** The username at X of the account that is meant, where it is known and X’s pages for that kind take one. */
  username?: string | undefined
}

/** A failure on its way up to the route that answers, where it becomes a problem document or a page. */
export class Failure extends Error {
  override readonly name = 'Failure'
  data: FailureData

  constructor(code: FailureCode, detail?: string, retryAfter?: number, login?: LoginNeeded) {
    super(detail ?? FAILURES[code].title)
    this.data = {
      code,
      ...(detail === undefined ? {} : { detail }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(login === undefined ? {} : { login }),
    }
  }

  static from(data: FailureData): Failure {
    const failure = new Failure(data.code, data.detail)
    failure.data = data
    return failure
  }
}

/** The answer of an object. Errors that are thrown across a stub lose their fields, so failures travel as data. */
export type Result<T> = { ok: true; value: T } | { ok: false; failure: FailureData }

/** The answer of an object that did what it was asked. */
export const done = <T>(value: T): Result<T> => ({ ok: true, value })

/**
 * The answer of an object that could not do what it was asked.
 *
 * @param detail - what happened this time, for a person; never a secret
 * @param retryAfter - seconds after which trying again makes sense.
 */
export const failed = (
  code: FailureCode,
  detail?: string,
  retryAfter?: number,
): { ok: false; failure: FailureData } => ({
  ok: false,
  failure: new Failure(code, detail, retryAfter).data,
})

/**
 * A result of whatever was thrown: a {@link Failure} as it is, anything else as `internal`. What an object throws loses
 * its fields on the way to the Worker, so the one failure that objects do throw is told by its words.
 */
export const failedWith = (error: unknown): { ok: false; failure: FailureData } => {
  if (error instanceof Failure) return { ok: false, failure: error.data }
  const isNewer = error instanceof Error && error.message.includes(FAILURES.storage_newer.title)
  return failed(isNewer ? 'storage_newer' : 'internal')
}

/**
 * The value of an object's answer.
 *
 * @throws Failure when the answer is a failure: that one.
 */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw Failure.from(result.failure)
  return result.value
}

/**
 * Cursors as callers have them: what a store gave as its own, with a check before it. KV takes many a text for a
 * cursor and answers with an empty page, so one that no page gave has to be told here.
 */
import { fromBase64, text, toBase64url, utf8 } from '../crypto/bytes'
import { hash } from '../crypto/hash'
import { Failure } from '../failure'

/** A list that has pages. The cursor of one is none of another. */
type Listed = 'accounts' | 'callers' | 'deliveries' | 'exports' | 'restore'

/** A store's cursor in the form in which it is shown; undefined on the last page. It needs no encoding in a query. */
export async function shownCursor(
  listed: Listed,
  cursor: string | undefined,
): Promise<string | undefined> {
  if (cursor === undefined) return undefined
  return `${await checkOf(listed, cursor)}${toBase64url(utf8(cursor))}`
}

/**
 * The store's cursor in what a caller sent; undefined where none was sent.
 *
 * @throws Failure `request_malformed` for a cursor that no page of this list gave.
 */
export async function givenCursor(
  listed: Listed,
  shown: string | undefined,
): Promise<string | undefined> {
  if (shown === undefined) return undefined
  const cursor = textIn(shown.slice(CHECK_CHARS))
  if (cursor === undefined || (await checkOf(listed, cursor)) !== shown.slice(0, CHECK_CHARS))
    throw new Failure('request_malformed', 'cursor: pass the cursor of the page before, unchanged.')
  return cursor
}

const CHECK_CHARS = 8

/** It guards against mistakes, not against malice: a cursor gives nobody more than the list does. */
const checkOf = async (listed: Listed, cursor: string): Promise<string> =>
  (await hash(`${listed} ${cursor}`)).slice(0, CHECK_CHARS)

function textIn(encoded: string): string | undefined {
  try {
    return text(fromBase64(encoded))
  } catch {
    return undefined
  }
}

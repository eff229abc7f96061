/** One line of an import: what it brings, or what is wrong with it. */
import type { Context } from 'hono'
import * as v from 'valibot'
import type { ImportedGrant } from '../access/import'
import { Failure, type FailureData, failedWith } from '../failure'
import { parsedJson } from '../json'
import { EXPORTED_MAX_CHARS, IMPORT_LINES_MAX, IMPORT_MAX_BYTES } from '../limits'
import { readScopes } from '../scopes'
import { EXPORT_KINDS, type Exported } from '../store/exported'
import { USER_ID } from '../x/user'
import { readText } from './body'
import { OAuth1Body, OAuth2Body, oauth1In, oauth2In } from './imported-grant'
import { fitted, ScreenName } from './input'
import type { AppEnv } from './middleware'

/** A line that names an account and what X gave it. */
export interface ImportLine {
  /** The X user id, where the line or its OAuth 1.0a token says it. */
  id: string | undefined
  /** As the line has it: nobody vouches for it. */
  username: string | undefined
  oauth1: ImportedGrant<'oauth1'> | undefined
  oauth2: ImportedGrant<'oauth2'> | undefined
  /** Whether X is to give an OAuth 2.0 pair for the OAuth 1.0a token. */
  exchange: boolean
  /** What is doubtful about it and passes. */
  warnings: readonly string[]
}

/** A line of an export: a record as another deployment sealed it. */
export type MovedLine = Exported

/** What is wrong with a line, or came of it: the field that it is about, and the failure. */
export interface LineProblem {
  field: string
  failure: FailureData
}

/** Years of exports in other forms have numbers here, too. */
const Id = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.safeInteger(), v.transform(String))]),
  v.regex(USER_ID, 'an X user id is expected: digits, as text'),
)

/** Fields that a program has no value for are null in many a dump. */
const Line = v.strictObject({
  id: v.nullish(Id),
  username: v.nullish(ScreenName),
  oauth1: v.nullish(OAuth1Body),
  oauth2: v.nullish(OAuth2Body),
  exchange: v.optional(v.boolean('true or false is expected')),
})

/** What `GET /v1/exports` gives. */
const Moved = v.strictObject({
  kind: v.picklist(EXPORT_KINDS, `${EXPORT_KINDS.join(' or ')} is expected`),
  id: v.pipe(v.string(), v.regex(/^\w{1,40}$/, 'an id is expected')),
  sealed: v.pipe(
    v.string(),
    v.regex(/^v1(\.[\w-]+){3}$/, 'a sealed record is expected'),
    v.maxLength(EXPORTED_MAX_CHARS, `at most ${EXPORTED_MAX_CHARS} characters`),
  ),
})

/** The user that an OAuth 1.0a token of X names: its digits before the first dash. */
const NAMED = /^([1-9][0-9]{0,19})-./

/**
 * The lines of a body, with their numbers; lines of white space are none.
 *
 * @throws Failure `request_too_large`, `request_malformed`
 */
export async function linesIn(c: Context<AppEnv>): Promise<{ number: number; text: string }[]> {
  const text = await readText(c, IMPORT_MAX_BYTES)
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, at) => ({ number: at + 1, text: line.trim() }))
    .filter((line) => line.text !== '')
  if (lines.length <= IMPORT_LINES_MAX) return lines
  const detail = `There are ${lines.length} lines; at most ${IMPORT_LINES_MAX} are read.`
  throw new Failure('request_too_large', detail)
}

/** What a line brings, or all that is wrong with it. `now` is Unix seconds. Never throws. */
export function readLine(
  text: string,
  now: number,
): { line: ImportLine } | { moved: MovedLine } | { problems: LineProblem[] } {
  const body = parsedJson(text)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { problems: [malformed('line', 'The line is not a JSON object.')] }
  if ('kind' in body) {
    const moved = fitted(Moved, body)
    return 'misfits' in moved ? misfit(moved) : { moved: moved.output }
  }
  const checked = fitted(Line, body)
  if ('misfits' in checked) return misfit(checked)
  const { id, username, oauth1, oauth2, exchange = false } = checked.output
  if (!oauth1 && !oauth2)
    return { problems: [malformed('line', 'oauth1 or oauth2: one at least is expected.')] }
  if (exchange && !oauth1)
    return { problems: [malformed('exchange', 'exchange: only an OAuth 1.0a token is exchanged.')] }
  const named = NAMED.exec(oauth1?.oauth_token.reveal() ?? '')?.[1]
  if (oauth1 && named === undefined)
    return { problems: [malformed('oauth1.oauth_token', NOT_NAMED)] }
  if (id && named && id !== named)
    return {
      problems: [problem('id', new Failure('grant_of_another', `The token is of ${named}.`).data)],
    }
  try {
    const pair = oauth2 ? oauth2In(oauth2, now) : undefined
    return {
      line: {
        id: id ?? named,
        username: username?.replace('@', ''),
        oauth1: oauth1 ? oauth1In(oauth1) : undefined,
        oauth2: pair,
        exchange,
        warnings: readScopes(pair?.scope ?? '').warnings,
      },
    }
  } catch (error) {
    const { failure } = failedWith(error)
    const [field] = (failure.detail ?? '').split(':')
    return { problems: [problem(`oauth2.${field}`, failure)] }
  }
}

const NOT_NAMED =
  'oauth1.oauth_token: an access token of X begins with the digits of its user’s id and a dash.'

const problem = (field: string, failure: FailureData): LineProblem => ({ field, failure })
const misfit = ({ misfits }: { misfits: { field: string; says: string }[] }) => ({
  problems: misfits.map(({ field, says }) => malformed(field, says)),
})
const malformed = (field: string, says: string): LineProblem =>
  problem(field, new Failure('request_malformed', says).data)

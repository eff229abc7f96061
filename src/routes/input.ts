/** What a call brings, checked against a schema; what does not fit is named, never echoed. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { Failure } from '../failure'
import { parsedJson } from '../json'
import { type Hints, LOGIN_ID } from '../login/pending'
import { USER_ID } from '../x/user'
import { readText } from './body'
import type { AppEnv } from './middleware'

/**
 * The JSON body; an empty one is `{}`.
 *
 * @param hint - what else may have been meant by a body that is not JSON
 * @throws Failure `request_malformed`, `request_too_large`
 */
export async function readJson<S extends v.GenericSchema>(
  c: Context<AppEnv>,
  schema: S,
  hint = '',
): Promise<v.InferOutput<S>> {
  const text = await readText(c)
  const body = text.trim() === '' ? {} : parsedJson(text)
  if (body === undefined) throw new Failure('request_malformed', `The body is not JSON.${hint}`)
  // valibot takes a list for an object without fields.
  if (Array.isArray(body)) throw new Failure('request_malformed', 'The body is not a JSON object.')
  return check(schema, body)
}

/** A form's fields, each once. @throws Failure `request_malformed`, `request_too_large` */
export async function readForm<S extends v.GenericSchema>(
  c: Context<AppEnv>,
  schema: S,
): Promise<v.InferOutput<S>> {
  return check(schema, eachOnce(new URLSearchParams(await readText(c)), 'form'))
}

/** The query, each parameter once. @throws Failure `request_malformed` */
export function readQuery<S extends v.GenericSchema>(
  c: Context<AppEnv>,
  schema: S,
): v.InferOutput<S> {
  return check(schema, eachOnce(new URL(c.req.url).searchParams, 'query'))
}

/** The parameters, each of which may stand once. Each is looked at once: thousands of them shall not cost millions of steps. */
function eachOnce(params: URLSearchParams, where: 'form' | 'query'): Record<string, string> {
  const seen = new Set<string>()
  for (const name of params.keys()) {
    if (seen.has(name))
      throw new Failure(
        'request_malformed',
        `${shown(name)}: it stands in the ${where} more than once.`,
      )
    seen.add(name)
  }
  return Object.fromEntries(params)
}

function check<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const checked = fitted(schema, value)
  if ('output' in checked) return checked.output
  throw new Failure('request_malformed', checked.misfits.map(({ says }) => says).join(' '))
}

/** A value that fits a schema, or what does not: the field, and what is expected of it, in words. */
export function fitted<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
): { output: v.InferOutput<S> } | { misfits: { field: string; says: string }[] } {
  const result = v.safeParse(schema, value)
  if (result.success) return { output: result.output }
  const misfits = result.issues.map((issue) => ({
    field: pathOf(issue),
    says: issueInWords(issue),
  }))
  return { misfits }
}

/** Our own words where a schema has them; never valibot's, which quote what was received. */
function issueInWords(issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue)
  if (issue.type === 'strict_object')
    return issue.expected === 'never' ? `${path}: unknown field.` : `${path}: it is missing.`
  if (!issue.message.startsWith('Invalid')) return `${path}: ${issue.message}.`
  return `${path}: expected ${issue.expected ?? 'another value'}.`
}

/** Where in the value it is, each name of the way as it may be shown. */
const pathOf = ({ path }: v.BaseIssue<unknown>): string =>
  path?.map(({ key }) => shown(String(key))).join('.') ?? 'body'

/** A name that somebody sent: what does not look like one may be a secret that was put in the wrong place. */
const shown = (name: string): string => (/^[\w.-]{1,23}$/.test(name) ? name : 'a field')

/** For routes that take no parameters: a misspelt one is better named than ignored. */
export const NoQuery = v.strictObject({})

/** A yes or no in a query. */
export const Flag = v.optional(v.picklist(['true', 'false'], 'true or false is expected'))

/** `force=true`: forget here, even if X does not confirm. */
export const ForceQuery = v.strictObject({ force: Flag })

/** A whole number in a query. */
export const WholeNumber = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,15}$/, 'a whole number is expected'),
    v.transform(Number),
    v.minValue(min, `at least ${min} is expected`),
    v.maxValue(max, `at most ${max} is allowed`),
  )

/** A username at X. */
export const ScreenName = v.pipe(v.string(), v.regex(/^@?\w{1,50}$/, 'a username is expected'))

/** `x_auth_access_type`: what an OAuth 1.0a token may do at most. */
export const AccessType = v.picklist(['read', 'write'], 'read or write is expected')

/** What X's OAuth 1.0a pages are told about the user. */
export const hintsOf = (
  forceLogin: boolean | undefined,
  screenName: string | undefined,
): Hints => ({
  ...(forceLogin ? { forceLogin } : {}),
  ...(screenName === undefined ? {} : { screenName: screenName.replace('@', '') }),
})

/** The X user id in the path. @throws Failure `request_malformed` */
export function accountId(c: Context<AppEnv>): string {
  const id = c.req.param('id') ?? ''
  if (!USER_ID.test(id))
    throw new Failure(
      'request_malformed',
      'The account id in the path is an X user id: digits only.',
    )
  return id
}

/** The login id in the path; anything else names no login. @throws Failure `login_unknown` */
export function loginId(c: Context<AppEnv>): string {
  const id = c.req.param('id') ?? ''
  if (!LOGIN_ID.test(id)) throw new Failure('login_unknown')
  return id
}

/** `POST …/sign`: a signature for a caller, as an account or as the app alone. */
import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { type Signed, signAs, signAsApp } from '../access/sign'
import { REALM_MAX_CHARS } from '../limits'
import { bareOrJson } from './answers'
import { accountWithCopy, callerWith } from './api'
import { NoQuery, readJson, readQuery } from './input'
import type { AppEnv } from './middleware'

type Pairs = [name: string, value: string][]

const isText = (text: unknown) => typeof text === 'string'

const isForm = (form: unknown): boolean =>
  Array.isArray(form)
    ? form.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText))
    : typeof form === 'object' && form !== null && Object.values(form).every(isText)

const Form = v.pipe(
  // Not valibot's record: it drops fields called `constructor`, `prototype` and `__proto__`, unsigned.
  v.custom<Record<string, string> | Pairs>(
    isForm,
    'an object of texts, or a list of [name, value] pairs, is expected',
  ),
  v.transform((form): Pairs => (Array.isArray(form) ? form : Object.entries(form))),
  v.check(
    (pairs) => pairs.flat().every((text) => text.isWellFormed()),
    'half of a surrogate pair cannot be encoded',
  ),
)

const SignBody = v.strictObject({
  method: v.pipe(v.string(), v.regex(/^[A-Za-z]{1,16}$/, 'an HTTP method is expected')),
  url: v.string(),
  form: v.optional(Form),
  // A quoted-string of a header (RFC 9110 §5.6.4).
  realm: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\x20-\x7e]*$/, 'visible ASCII is expected'),
      v.maxLength(REALM_MAX_CHARS, `at most ${REALM_MAX_CHARS} characters`),
    ),
  ),
})

/** The routes of `/v1/accounts/:id/sign` and `/v1/app/sign`. */
export const signing = new Hono<AppEnv>()
  .post('/accounts/:id/sign', async (c) => {
    const { id, copy } = await accountWithCopy(c, 'sign')
    return signedAnswer(c, await signAs(c.env, id, await readRequest(c), c.get('now'), copy))
  })

  .post('/app/sign', async (c) => {
    await callerWith(c, 'app')
    return signedAnswer(c, await signAsApp(c.env, await readRequest(c), c.get('now')))
  })

async function readRequest(c: Context<AppEnv>) {
  readQuery(c, NoQuery)
  const { method, url, form, realm } = await readJson(c, SignBody)
  return { method, url, ...(form ? { form } : {}), ...(realm === undefined ? {} : { realm }) }
}

/** For `Accept: text/plain` the Authorization header's value alone. */
function signedAnswer(c: Context<AppEnv>, signed: Signed): Response {
  const { authorization, signedUrl, degraded } = signed
  if (degraded) c.header('perch-degraded', degraded.reason)
  const rest = degraded ? { degraded } : {}
  return bareOrJson(c, authorization, { authorization, signed_url: signedUrl, ...rest })
}

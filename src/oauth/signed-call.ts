import type { Secret } from '../secret'
import { authorizationHeader, type Credentials } from './authorization-header'
import { type ReceivedReply, receiveReply } from './received-reply'

/** A call to be signed by OAuth 1.0a and sent. */
export interface SignedCall {
  method: 'GET' | 'POST'
  url: string
  /** Sent as the form body, and signed. */
  form?: [string, string][]
  /** Sent as the body instead, and not signed (RFC 5849 §3.4.1.3.1). */
  json?: string
  /** Further protocol parameters, in the header. */
  oauth?: Record<string, string>
}

/** The reply to a call, unread; status 0 when no complete reply came. */
export interface RawReply {
  status: number
  headers: Headers
  text: string
  /** What arrived of a 2xx that broke off, for a call that X answers once. */
  partial?: string
}

/**
 * Signs a request and sends it, byte for byte as it was signed. No redirect is followed, since what it leads to was not
 * signed. Never throws.
 *
 * @param at - `timestamp` in Unix seconds, `timeoutMs` in milliseconds, and how to introduce ourselves
 * @see [RFC 5849 §3](https://www.rfc-editor.org/rfc/rfc5849.html#section-3)
 */
export async function signedCall(
  call: SignedCall,
  signer: Credentials,
  at: { timestamp: number; userAgent: string; timeoutMs: number },
): Promise<RawReply> {
  const { method, form, json, oauth } = call
  const url = new URL(call.url)
  const request = { method, url, ...(form ? { form } : {}), ...(oauth ? { oauth } : {}) }
  const authorization = await authorizationHeader(request, signer, at)
  const headers = { authorization, accept: 'application/json', 'user-agent': at.userAgent }
  return send(url, at.timeoutMs, {
    method,
    headers: { ...headers, ...(form ? { 'content-type': FORM_TYPE } : typeOf(json)) },
    ...(form ? { body: new URLSearchParams(form).toString() } : bodyOf(json)),
  })
}

/** A form sent with HTTP Basic, both parts encoded. @see [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617.html), RFC 6749 §2.3.1. */
export function basicCall(
  url: string,
  form: [string, string][],
  user: { name: string; password: Secret },
  at: { userAgent: string; timeoutMs: number },
): Promise<RawReply> {
  const both = [user.name, user.password.reveal()].map(encodeURIComponent).join(':')
  return send(new URL(url), at.timeoutMs, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(both)}`,
      accept: 'application/json',
      'content-type': FORM_TYPE,
      'user-agent': at.userAgent,
    },
    body: new URLSearchParams(form).toString(),
  })
}

/** A call with the headers given, a GET unless said otherwise, and with JSON where there is some. Never throws. @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1) */
export function sentCall(
  url: string,
  headers: Record<string, string>,
  at: { userAgent: string; timeoutMs: number },
  { method = 'GET', json }: { method?: string; json?: string | undefined } = {},
): Promise<RawReply> {
  const all = { ...headers, accept: 'application/json', 'user-agent': at.userAgent }
  return send(new URL(url), at.timeoutMs, {
    method,
    headers: { ...all, ...typeOf(json) },
    ...bodyOf(json),
  })
}

const typeOf = (json: string | undefined) =>
  json === undefined ? {} : { 'content-type': 'application/json' }
const bodyOf = (json: string | undefined) => (json === undefined ? {} : { body: json })

const FORM_TYPE = 'application/x-www-form-urlencoded;charset=UTF-8'

async function send(url: URL, timeoutMs: number, init: RequestInit): Promise<RawReply> {
  return complete(
    await receiveReply(timeoutMs, (signal) =>
      fetch(url.href, { ...init, redirect: 'manual', signal }),
    ),
  )
}

/** A reply that broke off says nothing, but what a 2xx had brought by then is handed on. */
function complete({ status, headers, text, isWhole }: ReceivedReply): RawReply {
  if (isWhole) return { status, headers, text }
  const acted = status >= 200 && status < 300
  return { status: 0, headers: new Headers(), text: '', ...(acted ? { partial: text } : {}) }
}

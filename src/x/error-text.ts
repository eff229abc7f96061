/** What X said in an error, whatever it came in — JSON, XML, plain text, a form — in one shape. Web pages say nothing. */
import { isObject, jsonObject } from '../json'
import { ERROR_TEXT_MAX_CHARS } from '../limits'

export interface Said {
  /** X's numbered code, if it gave one. */
  code?: number
  message?: string
  /** What a problem document calls itself: its `reason`, the last part of its `type`, its `title`. */
  names: string[]
}

/** Reads the body of an error. Never throws. */
export function readSaid(text: string): Said {
  const trimmed = text.trim().slice(0, ERROR_TEXT_MAX_CHARS)
  if (trimmed.startsWith('{')) return ofJson(trimmed)
  if (trimmed.startsWith('<')) return ofXml(trimmed)
  // A JSON list is no error of X, and a text without a word (some servers repeat the status) says nothing.
  const speaks = !trimmed.startsWith('[') && /[a-z]{2}/i.test(trimmed)
  return speaks ? { message: trimmed, names: [] } : NOTHING_SAID
}

const NOTHING_SAID: Said = { names: [] }

/** `<errors><error code="415">…`, `<hash><error>…</error><request>…`, or with elements for code and message. */
function ofXml(text: string): Said {
  const [, attributes = '', inside] = /<error(\s[^>]*)?>([\s\S]*?)<\/error>/i.exec(text) ?? []
  if (inside === undefined) return NOTHING_SAID
  const code = /\bcode\s*=\s*["']?(\d+)/i.exec(attributes) ?? /<code>\s*(\d+)/i.exec(inside)
  const [, message] = /<message>([\s\S]*?)<\/message>/i.exec(inside) ?? []
  return said(code?.[1], plain(message ?? inside), [])
}

/** The text of an element: CDATA opened, tags left out, entities decoded. */
function plain(inside: string): string {
  return inside
    .split(/<!\[CDATA\[([\s\S]*?)\]\]>/)
    .map((part, n) => (n % 2 === 1 ? part : decoded(part.replace(/<[^>]*>/g, ' '))))
    .join('')
    .trim()
}

/** Each entity once, so that `&amp;lt;` becomes `&lt;`. */
function decoded(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES.get(name.toLowerCase()) ?? all
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : all
  })
}

const ENTITIES = new Map([
  ['apos', "'"],
  ['quot', '"'],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
])

/** `{"errors":[{"code","message"}]}`, `{"error":"…","request":"…"}`, or a problem document. @see RFC 9457 */
function ofJson(text: string): Said {
  const body = jsonObject(text) ?? {}
  const { errors, error, reason, type, title, detail, error_description } = body
  const first = Array.isArray(errors) ? errors[0] : isText(errors) ? errors : error
  const { code, message: numbered } = isObject(first) ? first : {}
  const message = [numbered, first, detail, body.message, title].find(isText)
  const explained =
    message === error ? [message, error_description].filter(isText).join(', ') : message
  const kind = isText(type) ? type.split('/').at(-1) : undefined
  return said(code, explained, [reason, kind, title].filter(isText))
}

function said(code: unknown, message: string | undefined, names: string[]): Said {
  return {
    ...(/^\d{1,6}$/.test(String(code)) ? { code: Number(code) } : {}),
    ...(message ? { message } : {}),
    names,
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

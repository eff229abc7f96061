import type { Context } from 'hono'
import type { X } from '../env.ts'
import { multipartParts, type Part } from './multipart.ts'

/** What an upload call brings, whatever its body's type: texts, and the file's size and type if there is one. */
export interface Upload {
  get: (name: string) => string | undefined
  file: { size: number; type: string } | undefined
}

/** Reads a multipart, form or JSON body. A file may also come as base64, in `media_data` or as JSON's `media`. */
export function readUpload(c: Context<X>): Upload {
  const { bytes, form, body } = c.env.exchange
  const type = c.req.header('Content-Type') ?? ''
  if (/^multipart\/form-data/i.test(type)) return ofParts(multipartParts(bytes, type), c)
  if (/^application\/json/i.test(type)) return ofJson(body, c)
  const get = (name: string) => form.get(name) ?? c.req.query(name)
  return { get, file: ofBase64(get('media_data') ?? get('media'), get('media_type')) }
}

function ofParts(parts: Map<string, Part>, c: Context<X>): Upload {
  const get = (name: string) => parts.get(name)?.text ?? c.req.query(name)
  const media = parts.get('media')
  const file = media && { size: media.size, type: media.type ?? 'application/octet-stream' }
  return { get, file: file ?? ofBase64(parts.get('media_data')?.text, get('media_type')) }
}

function ofJson(body: string, c: Context<X>): Upload {
  const fields = parse(body)
  const text = (name: string) => {
    const value = fields[name] ?? c.req.query(name)
    return value === undefined ? undefined : String(value)
  }
  return { get: text, file: ofBase64(text('media'), text('media_type')) }
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>
  } catch {
    return {}
  }
}

function ofBase64(text: string | undefined, type = 'image/png') {
  return text === undefined ? undefined : { size: Buffer.from(text, 'base64').length, type }
}

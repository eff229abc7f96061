import type { Context } from 'hono'
import type { X } from '../env.ts'

/** What an upload call brings, whatever its body's type: texts, and the file's size and type if there is one. */
export interface Upload {
  get: (name: string) => string | undefined
  file: { size: number; type: string } | undefined
}

/** Reads a multipart, form or JSON body. A file may also come as base64, in `media_data` or as JSON's `media`. */
export async function readUpload(c: Context<X>): Promise<Upload> {
  const { bytes, form, body } = c.env.exchange
  const type = c.req.header('Content-Type') ?? ''
  if (/^multipart\/form-data/i.test(type)) return ofForm(await multipart(bytes, type), c)
  if (/^application\/json/i.test(type)) return ofJson(body, c)
  return ofForm(new Map(form), c)
}

async function multipart(bytes: ArrayBuffer, type: string): Promise<Map<string, string | File>> {
  try {
    const headers = { 'Content-Type': type }
    return new Map(await new Response(bytes, { headers }).formData())
  } catch {
    return new Map()
  }
}

function ofForm(fields: Map<string, string | File>, c: Context<X>): Upload {
  const text = (name: string) => {
    const value = fields.get(name) ?? c.req.query(name)
    return typeof value === 'string' ? value : undefined
  }
  const media = fields.get('media')
  const base64 = text('media_data') ?? (typeof media === 'string' ? media : undefined)
  const file = media instanceof File ? { size: media.size, type: media.type } : undefined
  return { get: text, file: file ?? ofBase64(base64, text('media_type')) }
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

/** The body of a call: read once, to the limit and no further, whatever it says of itself. */
import type { Context } from 'hono'
import { Failure } from '../failure'
import { BODY_MAX_BYTES } from '../limits'
import type { AppEnv } from './middleware'

/**
 * The body as text. One that says it is too long is refused unread; one that does not say, or lies, is read to the
 * limit and given up.
 *
 * @param max - bytes
 * @throws Failure `request_too_large`; `request_malformed` when it is compressed, breaks off or is not UTF-8.
 */
export async function readText(c: Context<AppEnv>, max = BODY_MAX_BYTES): Promise<string> {
  demandSize(c, max)
  const encoding = c.req.header('content-encoding')
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw malformedBody('The body is compressed (Content-Encoding): send it as it is.')
  const bytes = await bytesOf(c.req.raw.body, max)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw malformedBody('The body is not UTF-8.')
  }
}

/** The body as it came, read like {@link readText}. @throws Failure `request_too_large`, `request_malformed` when it breaks off. */
export async function readBytes(c: Context<AppEnv>, max: number): Promise<Uint8Array> {
  demandSize(c, max)
  return bytesOf(c.req.raw.body, max)
}

function demandSize(c: Context<AppEnv>, max: number): void {
  if (Number(c.req.header('content-length') ?? 0) > max) throw new Failure('request_too_large')
}

async function bytesOf(body: ReadableStream<Uint8Array> | null, max: number): Promise<Uint8Array> {
  if (!body) return new Uint8Array()
  const reader = body.getReader()
  const all = new Uint8Array(max)
  let size = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw malformedBody('The body broke off.')
    })
    if (done) return all.subarray(0, size)
    if (size + value.byteLength > max) {
      // A sender without end may also never let go of the connection: the answer does not wait for that.
      void reader.cancel().catch(() => undefined)
      throw new Failure('request_too_large')
    }
    all.set(value, size)
    size += value.byteLength
  }
}

const malformedBody = (detail: string): Failure => new Failure('request_malformed', detail)

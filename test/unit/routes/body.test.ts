/** A body that does not arrive whole; how much of a long one is read, the workers ring counts. */
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { Failure } from '../../../src/failure'
import { readText } from '../../../src/routes/body'
import type { AppEnv } from '../../../src/routes/middleware'

const app = new Hono<AppEnv>()
  .post('/', async (c) => c.text(await readText(c)))
  .onError((error, c) => c.text(error instanceof Failure ? `${error.data.detail}` : 'unexpected'))

/** Sends these parts, and then the end or a break. */
function send(parts: string[], breaks: boolean): Promise<string> {
  const left = parts.map((part) => new TextEncoder().encode(part))
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = left.shift()
      if (part) return controller.enqueue(part)
      if (breaks) controller.error(new Error('gone'))
      else controller.close()
    },
  })
  const init = { method: 'POST', body, duplex: 'half' }
  return Promise.resolve(app.request('/', init)).then((response) => response.text())
}

it.each([
  ['whole, in parts', ['{"a":', '1}'], false, '{"a":1}'],
  ['a byte order mark is no text', ['\ufeff{}'], false, '{}'],
  ['nothing', [], false, ''],
  ['broken off at once', [], true, 'The body broke off.'],
  ['broken off where it could have ended', ['{"a":1}'], true, 'The body broke off.'],
])('%s', async (_, parts, breaks, expected) => {
  expect(await send(parts, breaks)).toBe(expected)
})

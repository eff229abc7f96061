import { type Context, Hono } from 'hono'
import type { Endpoint } from '../api/endpoint.ts'
import { guarded } from '../api/guard.ts'
import { operation } from '../api/operation.ts'
import { invalidRequest } from '../api/problem.ts'
import type { X } from '../env.ts'
import type { Media } from '../store/media.ts'
import type { User } from '../store/users.ts'
import { fieldsOf } from '../webhooks/answers.ts'
import { readUpload, type Upload } from './files.ts'
import { append, describe, finalize, initialize, type Step, simple, status } from './upload.ts'

/** How long what was uploaded can be posted. */
const EXPIRES_SECONDS = 86_400

// A command and what belongs to it may stand in the query.
const { query: _, ...UPLOAD } = operation('POST /2/media/upload')
const STATUS = operation('GET /2/media/upload')
const INITIALIZE = operation('POST /2/media/upload/initialize')
const APPEND = operation('POST /2/media/upload/{id}/append')
const FINALIZE = operation('POST /2/media/upload/{id}/finalize')
const METADATA = operation('POST /2/media/metadata')
const V1: Endpoint = { ...UPLOAD, name: '1.1 media upload', version: '1.1', kinds: ['oauth1'] }

type Act = (c: Context<X>, user: User, upload: Upload) => Step

/** Uploads of API 2, in one call or in three, and those of API 1.1's upload host. @see X docs, Media */
export const media = new Hono<X>()
  .post('/2/media/upload', v2(UPLOAD, byCommand))
  .get('/2/media/upload', v2(STATUS, byCommand))
  .post(
    '/2/media/upload/initialize',
    v2(INITIALIZE, (c, user, it) => initialize(c.env.world, user, it)),
  )
  .post(
    '/2/media/upload/:id/append',
    v2(APPEND, (c, user, it) => append(c.env.world, user, idOf(c), it)),
  )
  .post(
    '/2/media/upload/:id/finalize',
    v2(FINALIZE, (c, user) => finalize(c.env.world, user, idOf(c))),
  )
  .post('/2/media/metadata', v2(METADATA, alt))
  .post('/1.1/media/upload.json', v1(byCommand))
  .get('/1.1/media/upload.json', v1(byCommand))
  .post('/1.1/media/metadata/create.json', v1(altV1))

function v2(endpoint: Endpoint, act: Act) {
  return (c: Context<X>): Promise<Response> =>
    guarded(c, endpoint, (user) => {
      const step = act(c, user, readUpload(c))
      if ('refused' in step) return invalidRequest(step.refused, {})
      return c.json({
        data: { id: String(step.media.id), media_key: `3_${step.media.id}`, ...shared(step.media) },
      })
    })
}

function v1(act: Act) {
  return (c: Context<X>): Promise<Response> =>
    guarded(c, V1, (user) => {
      const step = act(c, user, readUpload(c))
      if ('refused' in step) return c.json({ errors: [{ code: 324, message: step.refused }] }, 400)
      const { id, done } = step.media
      const whole = { media_id_string: String(id), media_key: `3_${id}`, ...shared(step.media) }
      // An id with all its digits, as a number: JavaScript's own hold these.
      return c.json({ media_id: id, ...whole }, done ? 200 : 202)
    })
}

function shared({ total, type, done }: Media) {
  const image = { image: { image_type: type, w: 1, h: 1 } }
  const size = done ? { size: total } : {}
  return {
    ...size,
    expires_after_secs: EXPIRES_SECONDS,
    ...(type.startsWith('image/') && done ? image : {}),
  }
}

/** The older way names the step in `command`; without one the file is whole. */
function byCommand(c: Context<X>, user: User, upload: Upload): Step {
  const { world } = c.env
  const id = upload.get('media_id') ?? ''
  switch (upload.get('command')) {
    case 'INIT':
      return initialize(world, user, upload)
    case 'APPEND':
      return append(world, user, id, upload)
    case 'FINALIZE':
      return finalize(world, user, id)
    case 'STATUS':
      return status(world, user, id)
    case undefined:
      return simple(world, user, upload)
    default:
      return { refused: 'command is INIT, APPEND, FINALIZE or STATUS' }
  }
}

function alt(c: Context<X>, user: User): Step {
  const { id, metadata } = fieldsOf(c.env.exchange.body)
  const text = JSON.stringify(metadata ?? {})
  return describe(c.env.world, user, String(id), text)
}

function altV1(c: Context<X>, user: User): Step {
  const { media_id, alt_text } = fieldsOf(c.env.exchange.body)
  return describe(c.env.world, user, String(media_id), JSON.stringify(alt_text ?? {}))
}

const idOf = (c: Context<X>): string => c.req.param('id') ?? ''

import { addMedia, findMedia, type Media, saveMedia } from '../store/media.ts'
import type { User } from '../store/users.ts'
import type { World } from '../store/world.ts'
import type { Upload } from './files.ts'

/** What came of a step of an upload; without media it is refused. */
export type Step = { media: Media } | { refused: string }

/** A whole file in one call. */
export function simple(world: World, user: User, { file, get }: Upload): Step {
  if (!file || file.size === 0) return { refused: 'media: a file is needed' }
  const { size: total, type } = file
  const category = get('media_category') ?? 'tweet_image'
  const media = addMedia(world, { user_id: user.id, type, category, total })
  return kept(world, { ...media, received: total, done: 1 })
}

/** The first step of three: how large a file is to come. */
export function initialize(world: World, user: User, { get }: Upload): Step {
  const total = Number(get('total_bytes'))
  const type = get('media_type') ?? ''
  if (!Number.isSafeInteger(total) || total <= 0) return { refused: 'total_bytes is needed' }
  if (type === '') return { refused: 'media_type is needed' }
  const category = get('media_category') ?? 'tweet_image'
  return { media: addMedia(world, { user_id: user.id, type, category, total }) }
}

/** The second step, as often as there are segments. */
export function append(world: World, user: User, id: string, { file, get }: Upload): Step {
  const media = own(world, user, id)
  if (!media || media.done) return { refused: 'media_id is not that of an upload' }
  if (!/^\d{1,3}$/.test(get('segment_index') ?? '')) return { refused: 'segment_index is needed' }
  if (!file) return { refused: 'media: a file is needed' }
  const received = media.received + file.size
  if (received > media.total) return { refused: 'Segments exceed total_bytes' }
  return kept(world, { ...media, received })
}

/** The third step: it is refused while bytes are missing. */
export function finalize(world: World, user: User, id: string): Step {
  const media = own(world, user, id)
  if (!media) return { refused: 'media_id is not that of an upload' }
  if (media.received !== media.total)
    return { refused: `Received ${media.received} of ${media.total} bytes` }
  return kept(world, { ...media, done: 1 })
}

/** How an upload stands. */
export function status(world: World, user: User, id: string): Step {
  const media = own(world, user, id)
  return media ? { media } : { refused: 'media_id is not that of an upload' }
}

/** What it shows, for those who cannot see it. */
export function describe(world: World, user: User, id: string, alt: string): Step {
  const media = own(world, user, id)
  return media ? kept(world, { ...media, alt }) : { refused: 'media_id is not that of an upload' }
}

function own(world: World, user: User, id: string): Media | undefined {
  const media = findMedia(world, id)
  return media?.user_id === user.id ? media : undefined
}

function kept(world: World, media: Media): Step {
  saveMedia(world, media)
  return { media }
}

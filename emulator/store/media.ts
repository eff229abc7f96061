import type { World } from './world.ts'

/** A file on its way, or uploaded. The bytes are counted and not kept. */
export type Media = {
  id: number
  user_id: string
  type: string
  category: string
  total: number
  received: number
  /** 1 once it can be posted. */
  done: number
  alt: string | null
}

const FIRST_MEDIA_ID = 1_700_000_000_000_000

/** Begins an upload. */
export function addMedia(
  world: World,
  { user_id, type, category, total }: Pick<Media, 'user_id' | 'type' | 'category' | 'total'>,
): Media {
  return world.sql
    .exec<Media>(
      `INSERT INTO media (id, user_id, type, category, total, received, done)
        VALUES ((SELECT coalesce(max(id), ?) + 1 FROM media), ?, ?, ?, ?, 0, 0) RETURNING *`,
      FIRST_MEDIA_ID,
      user_id,
      type,
      category,
      total,
    )
    .one()
}

/** The upload with this id. */
export function findMedia(world: World, id: string): Media | undefined {
  if (!/^\d{1,16}$/.test(id)) return undefined
  return world.sql.exec<Media>('SELECT * FROM media WHERE id = ?', Number(id)).toArray()[0]
}

/** Writes down how far an upload is. */
export function saveMedia(world: World, { id, received, done, alt }: Media): void {
  world.sql.exec(
    'UPDATE media SET received = ?, done = ?, alt = ? WHERE id = ?',
    received,
    done,
    alt,
    id,
  )
}

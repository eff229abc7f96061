import type { World } from './world.ts'

/** Ids start where nobody takes them for a count. JavaScript numbers hold them exactly. */
const FIRST_TWEET_ID = 1_900_000_000_000_000

/** Keeps a post and gives it an id. */
export function addTweet(world: World, userId: string, text: string): string {
  const row = world.sql
    .exec<{ id: number }>(
      `INSERT INTO tweets (id, user_id, text)
        VALUES ((SELECT coalesce(max(id), ?) + 1 FROM tweets), ?, ?) RETURNING id`,
      FIRST_TWEET_ID,
      userId,
      text,
    )
    .one()
  return String(row.id)
}

/** Whose post this is. */
export function authorOf(world: World, id: string): string | undefined {
  return world.sql
    .exec<{ user_id: string }>('SELECT user_id FROM tweets WHERE id = ?', Number(id))
    .toArray()[0]?.user_id
}

/** Deletes a post. */
export function removeTweet(world: World, id: string): void {
  world.sql.exec('DELETE FROM tweets WHERE id = ?', Number(id))
}

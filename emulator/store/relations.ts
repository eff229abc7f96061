import type { World } from './world.ts'

/** Likes a post, or takes the like back. Says whether anything changed. */
export function setLike(world: World, userId: string, tweetId: string, liked: boolean): boolean {
  const rows = liked
    ? world.sql.exec(
        'INSERT OR IGNORE INTO likes (user_id, tweet_id) VALUES (?, ?) RETURNING user_id',
        userId,
        Number(tweetId),
      )
    : world.sql.exec(
        'DELETE FROM likes WHERE user_id = ? AND tweet_id = ? RETURNING user_id',
        userId,
        Number(tweetId),
      )
  return rows.toArray().length > 0
}

/** How many like a post. */
export function countLikes(world: World, tweetId: number): number {
  return world.sql
    .exec<{ n: number }>('SELECT count(*) AS n FROM likes WHERE tweet_id = ?', tweetId)
    .one().n
}

/** Follows somebody, or no longer. Says whether anything changed. */
export function setFollow(world: World, source: string, target: string, on: boolean): boolean {
  const sql = on
    ? 'INSERT OR IGNORE INTO follows (source, target) VALUES (?, ?) RETURNING source'
    : 'DELETE FROM follows WHERE source = ? AND target = ? RETURNING source'
  return world.sql.exec(sql, source, target).toArray().length > 0
}

/** Ids of those who follow a user (`source`), or whom a user follows (`target`). */
export function followIds(world: World, which: 'source' | 'target', of: string): string[] {
  const other = which === 'source' ? 'target' : 'source'
  return world.sql
    .exec<{ id: string }>(
      `SELECT ${which} AS id FROM follows WHERE ${other} = ? ORDER BY rowid DESC`,
      of,
    )
    .toArray()
    .map(({ id }) => id)
}

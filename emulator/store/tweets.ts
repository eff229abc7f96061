import type { Tweet } from './tweet.ts'
import type { World } from './world.ts'

/** Ids start where nobody takes them for a count. JavaScript numbers hold them exactly. */
const FIRST_TWEET_ID = 1_900_000_000_000_000

/** What a post refers to. */
export interface Refers {
  reply_to?: string
  quotes?: string
  reposts?: string
  media?: string[]
}

/** Which posts of a list: newest first, the ids between the two, exclusive. */
export interface Slice {
  limit: number
  before: number | undefined
  after: number | undefined
}

/** Keeps a post and gives it an id. */
export function addTweet(world: World, userId: string, text: string, refers: Refers = {}): string {
  const number = (id: string | undefined) => (id === undefined ? null : Number(id))
  const row = world.sql
    .exec<{ id: number }>(
      `INSERT INTO tweets (id, user_id, text, created_at, reply_to, quotes, reposts, media)
        VALUES ((SELECT coalesce(max(id), ?) + 1 FROM tweets), ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      FIRST_TWEET_ID,
      userId,
      text,
      world.now(),
      number(refers.reply_to),
      number(refers.quotes),
      number(refers.reposts),
      JSON.stringify(refers.media ?? []),
    )
    .one()
  return String(row.id)
}

/** The post with this id. */
export function findTweet(world: World, id: string): Tweet | undefined {
  if (!/^\d{1,16}$/.test(id)) return undefined
  return world.sql.exec<Tweet>('SELECT * FROM tweets WHERE id = ?', Number(id)).toArray()[0]
}

/** Posts that a condition holds for. `where` is SQL of ours, never a client's. */
export function tweetsWhere(
  world: World,
  where: string,
  binds: (string | number)[],
  { limit, before, after }: Slice,
): Tweet[] {
  return world.sql
    .exec<Tweet>(
      `SELECT * FROM tweets WHERE (${where}) AND id < ? AND id > ? ORDER BY id DESC LIMIT ?`,
      ...binds,
      before ?? Number.MAX_SAFE_INTEGER,
      after ?? 0,
      limit,
    )
    .toArray()
}

/** How many posts a condition holds for. */
export function countTweets(world: World, where: string, ...binds: (string | number)[]): number {
  return world.sql
    .exec<{ n: number }>(`SELECT count(*) AS n FROM tweets WHERE ${where}`, ...binds)
    .one().n
}

/** Deletes a post, with the reposts and likes of it. */
export function removeTweet(world: World, id: string): void {
  world.sql.exec('DELETE FROM tweets WHERE id = ? OR reposts = ?', Number(id), Number(id))
  world.sql.exec('DELETE FROM likes WHERE tweet_id = ?', Number(id))
}

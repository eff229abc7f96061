/** A post. `reply_to`, `quotes` and `reposts` are ids of others; `media` is JSON, an array of media ids. */
export type Tweet = {
  id: number
  user_id: string
  text: string
  created_at: number
  reply_to: number | null
  quotes: number | null
  reposts: number | null
  media: string
}

/** The posts that a post refers to, as API 2 names them. */
export function referencesOf({ reply_to, quotes, reposts }: Tweet) {
  const all = [
    ['retweeted', reposts],
    ['quoted', quotes],
    ['replied_to', reply_to],
  ] as const
  return all.flatMap(([type, id]) => (id === null ? [] : [{ type, id: String(id) }]))
}

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

import { Hono } from 'hono'
import type { X } from '../env.ts'
import { bookmarks } from './bookmarks.ts'
import { me } from './me.ts'
import { notPlayed } from './not-played.ts'
import { createTweet, deleteTweet } from './tweets.ts'
import { updateStatus } from './update-status.ts'
import { userByUsername } from './user-by-username.ts'
import { verifyCredentials } from './verify-credentials.ts'

/** The few API calls that show whether a token works. */
export const api = new Hono<X>()
  .get('/2/users/me', me)
  .get('/2/users/by/username/:username', userByUsername)
  .get('/2/users/:id/bookmarks', bookmarks)
  .post('/2/tweets', createTweet)
  .delete('/2/tweets/:id', deleteTweet)
  .get('/1.1/account/verify_credentials.json', verifyCredentials)
  .post('/1.1/statuses/update.json', updateStatus)
  .all('/2/*', notPlayed)

import { Hono } from 'hono'
import type { X } from '../env.ts'
import { media } from '../media/routes.ts'
import { streams } from '../streams/routes.ts'
import { bookmarks } from './bookmarks.ts'
import { follow, like, repost } from './engage.ts'
import { notPlayed } from './not-played.ts'
import { searchRecent, timeline, tweetById, tweetsByIds } from './read-tweets.ts'
import { createTweet, deleteTweet } from './tweets.ts'
import { updateStatus } from './update-status.ts'
import { followsOf, me, userById, userByUsername, usersByIds, usersByUsernames } from './users.ts'
import { verifyCredentials } from './verify-credentials.ts'

/** The API calls that clients make after a login. */
export const api = new Hono<X>()
  .route('/', media)
  .route('/', streams)
  .get('/2/users/me', me)
  .get('/2/users', usersByIds)
  .get('/2/users/by', usersByUsernames)
  .get('/2/users/by/username/:username', userByUsername)
  .get('/2/users/:id{[0-9]+}', userById)
  .get('/2/users/:id/bookmarks', bookmarks)
  .get('/2/users/:id/tweets', timeline('tweets'))
  .get('/2/users/:id/mentions', timeline('mentions'))
  .get('/2/users/:id/liked_tweets', timeline('liked'))
  .get('/2/users/:id/followers', followsOf('source'))
  .get('/2/users/:id/following', followsOf('target'))
  .post('/2/users/:id/likes', like(true))
  .delete('/2/users/:id/likes/:other', like(false))
  .post('/2/users/:id/retweets', repost(true))
  .delete('/2/users/:id/retweets/:other', repost(false))
  .post('/2/users/:id/following', follow(true))
  .delete('/2/users/:id/following/:other', follow(false))
  .get('/2/tweets', tweetsByIds)
  .post('/2/tweets', createTweet)
  .get('/2/tweets/search/recent', searchRecent)
  .get('/2/tweets/:id{[0-9]+}', tweetById)
  .delete('/2/tweets/:id', deleteTweet)
  .get('/1.1/account/verify_credentials.json', verifyCredentials)
  .post('/1.1/statuses/update.json', updateStatus)
  .all('/2/*', notPlayed)

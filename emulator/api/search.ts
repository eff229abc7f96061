import type { Tweet } from '../store/tweet.ts'
import { findUser } from '../store/users.ts'
import type { World } from '../store/world.ts'

/** Which posts: SQL for what it can tell, and the rest in code. */
export interface Condition {
  where: string
  binds: (string | number)[]
  fits: (tweet: Tweet) => boolean
}

/**
 * A search query as far as it is played: words and quoted phrases, `from:`, `@name`, `#tag`, `is:retweet` and `is:reply`, each
 * with `-` for its opposite. All must hold.
 *
 * @see X docs, Search Posts, "Build a query"
 */
export function condition(world: World, query: string): Condition {
  const terms = query.match(/-?(?:"[^"]*"|\S+)/g) ?? []
  const tests = terms.map((term) => {
    const not = term.startsWith('-')
    const test = testFor(world, not ? term.slice(1) : term)
    return (tweet: Tweet) => test(tweet) !== not
  })
  return { where: '1', binds: [], fits: (tweet) => tests.every((test) => test(tweet)) }
}

function testFor(world: World, term: string): (tweet: Tweet) => boolean {
  const [, from] = /^from:@?(\w+)$/i.exec(term) ?? []
  if (from !== undefined) {
    const user = findUser(world, from) ?? { id: from }
    return ({ user_id }) => user_id === user.id
  }
  if (/^is:retweet$/i.test(term)) return ({ reposts }) => reposts !== null
  if (/^is:reply$/i.test(term)) return ({ reply_to }) => reply_to !== null
  const text = term.replace(/^"|"$/g, '').toLowerCase()
  return (tweet) => tweet.text.toLowerCase().includes(text)
}

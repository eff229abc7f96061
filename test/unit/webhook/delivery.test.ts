/** What X may deliver, as its pages and those who receive it show it, and what is read of it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Delivery, readDelivery } from '../../../src/webhook/delivery'
import vectors from '../../vectors/webhooks.json'

const ALICE = '2244994945'
const REVOKED_AT = Date.parse('2026-07-23T21:44:05Z') / 1000
const json = JSON.stringify

const activity = (data: Record<string, unknown>) =>
  json({ data: { filter: { user_id: ALICE }, event_uuid: '-7', payload: {}, ...data } })
const revoke = (payload: Record<string, unknown>) =>
  json({ data: { filter: {}, event_type: 'oauth.revoke', event_uuid: '1', payload } })
const userEvent = (revoke: unknown) => json({ user_event: { revoke } })

const ROWS: [name: string, body: string, read: Delivery][] = [
  [
    'a mention',
    activity({ event_type: 'post.mention.create', tag: 'mine' }),
    { type: 'x.post.mention.create', uuid: '-7', account: ALICE, tag: 'mine' },
  ],
  [
    'a type that X made up since',
    activity({ event_type: 'hologram.WAVE!' }),
    { type: 'x.hologram.wave_', uuid: '-7', account: ALICE },
  ],
  [
    'an event without an id',
    activity({ event_type: 'post.create', event_uuid: undefined }),
    { type: 'x.post.create', account: ALICE },
  ],
  [
    'an id that is a number, which has lost its last digits',
    activity({ event_type: 'post.create', event_uuid: 27_811_499 }),
    { type: 'x.post.create', account: ALICE },
  ],
  [
    'an id that is none',
    activity({ event_type: 'post.create', event_uuid: '7'.repeat(201) }),
    { type: 'x.post.create', account: ALICE },
  ],
  [
    'a tag that is no tag',
    activity({ event_type: 'post.create', tag: 't'.repeat(201) }),
    { type: 'x.post.create', uuid: '-7', account: ALICE },
  ],
  ['no type', activity({}), { type: 'x.unknown', uuid: '-7', account: ALICE }],
  [
    'a type of nothing',
    activity({ event_type: '...' }),
    { type: 'x.unknown', uuid: '-7', account: ALICE },
  ],
  [
    'a filter that names nobody',
    activity({ event_type: 'news.new', filter: { keyword: 'x' } }),
    { type: 'x.news.new', uuid: '-7' },
  ],
  [
    'a revocation',
    vectors.rows[2]!.message,
    {
      type: 'x.oauth.revoke',
      uuid: '5934540941047412905',
      account: ALICE,
      revoked: { account: ALICE, at: REVOKED_AT },
    },
  ],
  [
    'a revocation at no time: it cannot be told from a stale one',
    revoke({ user_id: ALICE }),
    { type: 'x.oauth.revoke', uuid: '1', account: ALICE },
  ],
  [
    'a revocation without its zone',
    revoke({ user_id: ALICE, date_time: '2026-07-23T21:44:05' }),
    { type: 'x.oauth.revoke', uuid: '1', account: ALICE },
  ],
  [
    'a revocation of nobody',
    revoke({ user_id: 'alice', date_time: '2026-07-23T21:44:05Z' }),
    { type: 'x.oauth.revoke', uuid: '1' },
  ],
  [
    'a revocation by the older API',
    userEvent({
      date_time: '2026-07-23T21:44:05+00:00',
      target: { app_id: '13090192' },
      source: { user_id: ALICE },
    }),
    {
      type: 'x.user_event.revoke',
      account: ALICE,
      revoked: { account: ALICE, at: REVOKED_AT },
    },
  ],
  ['a revocation by nobody', userEvent({}), { type: 'x.user_event.revoke' }],
  ['another event of a user', json({ user_event: { poke: {} } }), { type: 'x.user_event' }],
  [
    'a post by the older API',
    vectors.rows[4]!.message,
    { type: 'x.tweet_create_events', account: ALICE },
  ],
  [
    'messages, which come with their apps and users',
    json({ for_user_id: ALICE, apps: {}, direct_message_events: [{}], users: {} }),
    { type: 'x.direct_message_events', account: ALICE },
  ],
  ['no list', json({ for_user_id: ALICE }), { type: 'x.unknown', account: ALICE }],
  [
    'the end of a replay',
    json({ replay_job_status: { job_state: 'Complete' } }),
    { type: 'x.replay_job_status' },
  ],
  ['another shape', json({ hello: [1] }), { type: 'x.unknown' }],
  ['a list', '[]', { type: 'x.unknown' }],
  ['nothing', '', { type: 'x.unknown' }],
  ['no JSON', '{"data":', { type: 'x.unknown' }],
]

it.each(ROWS)('%s', (_, body, read) => {
  expect(readDelivery(body)).toEqual(read)
})

describe('whatever a body holds', () => {
  const keys = ['data', 'filter', 'payload', 'user_event', 'revoke', 'source', 'for_user_id']
  const fields = [...keys, 'event_type', 'event_uuid', 'user_id', 'date_time', 'tag', 'target']
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.constantFrom(ALICE, '2026-07-23T21:44:05Z', '9999-99-99T99:99:99Z', 'oauth.revoke'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), tie('tree'), { maxKeys: 6 }),
    ),
  }))

  it('nothing throws, and the type is one that events have', () => {
    const isRead = (body: string) => {
      const { type, revoked } = readDelivery(body)
      expect(type).toMatch(/^x(\.[a-z0-9_]+)+$/)
      if (revoked) expect(revoked.at).toBeGreaterThan(0)
    }
    fc.assert(
      fc.property(tree, (value) => isRead(json(value))),
      { numRuns: 3000, seed: 1 },
    )
    fc.assert(fc.property(fc.string(), isRead), { seed: 1 })
    fc.assert(
      fc.property(fc.string(), (name) => isRead(activity({ event_type: name }))),
      { numRuns: 1000, seed: 1 },
    )
  })
})

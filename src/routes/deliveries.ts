/** What an endpoint was sent: looked at, sent again, or tried out. */
import { Hono } from 'hono/tiny'
import * as v from 'valibot'
import { isAdmin } from '../caller/caller'
import { findEndpoint } from '../caller/manage-endpoints'
import { secondsOf } from '../clock'
import { isDelivered } from '../endpoint/send'
import { deliveriesOf, replay } from '../endpoint/stub'
import { sendTest } from '../endpoint/test-event'
import { readEvents } from '../events/stub'
import { Failure } from '../failure'
import { PAGE_DEFAULT, PAGE_MAX } from '../limits'
import type { DeliveryAnswer, DoneDelivery, OpenDelivery } from '../store/delivery-rows'
import { callerWith } from './api'
import { givenCursor, shownCursor } from './cursor'
import { endpointId } from './endpoint-id'
import { NoQuery, readJson, readQuery, WholeNumber } from './input'
import type { AppEnv } from './middleware'

const NUMBER_EXPECTED = 'the number of an event is expected'
const ReplayBody = v.strictObject({
  after: v.optional(
    v.pipe(
      v.number(NUMBER_EXPECTED),
      v.safeInteger(NUMBER_EXPECTED),
      v.minValue(0, NUMBER_EXPECTED),
    ),
  ),
  event: v.optional(
    v.pipe(v.string(), v.regex(/^evt_[A-Za-z0-9]{1,100}$/, 'the id of an event is expected')),
  ),
})
const DeliveriesQuery = v.strictObject({
  cursor: v.optional(v.string()),
  limit: v.optional(WholeNumber(1, PAGE_MAX)),
})

/** The routes below `/v1/endpoints/:id` that are about its deliveries. */
export const deliveries = new Hono<AppEnv>()
  .post('/:id/test', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const id = endpointId(c)
    await readJson(c, NoQuery)
    const answer = await sendTest(c.env, await findEndpoint(c.env, caller, id))
    return c.json({
      delivered: isDelivered(answer),
      ms: answer.ms,
      ...answerJson(answer, isAdmin(caller)),
    })
  })

  .post('/:id/replay', async (c) => {
    const caller = await callerWith(c, 'events')
    readQuery(c, NoQuery)
    const id = endpointId(c)
    const { after, event } = await readJson(c, ReplayBody)
    if ((after === undefined) === (event === undefined))
      throw new Failure('request_malformed', 'Either after or event is expected.')
    const { disabled } = await findEndpoint(c.env, caller, id)
    if (disabled) throw new Failure('endpoint_disabled')
    // The log says whether it has what comes after this number.
    if (after !== undefined) await readEvents(c.env, after, 1)
    await replay(c.env, id, after === undefined ? { event: event ?? '' } : { after })
    return c.body(null, 202)
  })

  .get('/:id/deliveries', async (c) => {
    const caller = await callerWith(c, 'events')
    const { cursor, limit = PAGE_DEFAULT } = readQuery(c, DeliveriesQuery)
    const { id } = await findEndpoint(c.env, caller, endpointId(c))
    const below = Number((await givenCursor('deliveries', cursor)) ?? Number.MAX_SAFE_INTEGER)
    const page = await deliveriesOf(c.env, id, below, limit)
    const next = page.length < limit ? undefined : page.at(-1)?.seq
    return c.json({
      deliveries: page.map((delivery) => deliveryJson(delivery, isAdmin(caller))),
      cursor: await shownCursor('deliveries', next === undefined ? undefined : String(next)),
    })
  })

function deliveryJson(delivery: OpenDelivery | DoneDelivery, isForAdmin: boolean) {
  const { seq, event, tries, last } = delivery
  const how =
    'outcome' in delivery
      ? { status: delivery.outcome }
      : { status: 'open', next_at: secondsOf(delivery.nextAtMs) }
  const answer = last && { at: secondsOf(last.atMs), ms: last.ms, ...answerJson(last, isForAdmin) }
  return { seq, event, ...how, tries, ...(answer ? { answer } : {}) }
}

/** What a receiver says is for the admin alone: it may be a page of a network that the caller does not see. */
const answerJson = ({ status, error, text }: DeliveryAnswer, isForAdmin: boolean) => ({
  ...(status === undefined ? {} : { status }),
  ...(error === undefined ? {} : { error }),
  ...(isForAdmin && text !== undefined ? { text } : {}),
})

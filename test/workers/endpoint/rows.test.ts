/** What a delivery costs in rows written, the endpoint's state and its alarm included. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it, vi } from 'vitest'
import { COUNTS } from '../../../scripts/counts'
import type { Endpoint } from '../../../src/endpoint/endpoint'
import { eventOf } from '../../../src/events/event'
import { appendEvents } from '../../../src/events/stub'
import { untilTrue } from '../../eventually'
import { arrivals, nameReceiver, receiverUrl } from '../arrivals'
import { api, countRows, useFreshWorld } from '../world'

useFreshWorld()
beforeEach(nameReceiver)

it('two for each delivery, and a few for each time that it is woken', async () => {
  const body = JSON.stringify({ url: receiverUrl('ok', 'rows'), types: ['account.renamed'] })
  const { id } = await api('/v1/endpoints', { method: 'POST', body })
  const object = env.ENDPOINT.getByName(id)
  await untilTrue(async () => (await api(`/v1/endpoints/${id}`)).cursor > 0)
  /** Rows that a run with so many new events writes. */
  const rowsOf = (from: number, count: number) =>
    runInDurableObject(object, async (endpoint: Endpoint, state) => {
      // Its tables are made, and nothing is under way.
      await endpoint.alarm()
      const numbers = Array.from({ length: count }, (_, n) => from + n)
      const rows = countRows(state)
      await appendEvents(
        env,
        numbers.map((n) =>
          eventOf({ type: 'account.renamed', data: { account: { id: '1' } } }, `evt_rows${n}`, 0),
        ),
      )
      await untilTrue(async () => (await arrivals('rows')).length === from + count)
      await endpoint.alarm()
      const written = rows()
      vi.restoreAllMocks()
      nameReceiver()
      return written
    })
  await rowsOf(0, 1)
  const one = await rowsOf(1, 1)
  const twenty = await rowsOf(2, 20)
  expect((twenty - one) / 19).toBeLessThanOrEqual(COUNTS.deliveryRows)
  expect(one - COUNTS.deliveryRows).toBeLessThanOrEqual(COUNTS.wakeRows)
})

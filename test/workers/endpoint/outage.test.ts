/** A receiver that is down for 72 hours, on a clock that is moved: the object, its rows, the log and the network are real. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { answersFromNow, arrivals, checked, nameReceiver, receiverUrl } from '../arrivals'
import { api, later, useFreshWorld } from '../world'

useFreshWorld()
beforeEach(nameReceiver)

const HOURS = 72
const KEY = 'outage'

const post = (path: string, body: object) =>
  api(path, { method: 'POST', body: JSON.stringify(body) })
const caller = (name: string) => post('/v1/callers', { name, scopes: ['events'] })

it('is told everything afterwards, in the order of seq, each signed anew', async () => {
  await answersFromNow(KEY, 'fail')
  const types = ['caller.created']
  const { id, secret } = await post('/v1/endpoints', { url: receiverUrl('fail', KEY), types })
  const object = env.ENDPOINT.getByName(id)
  /** Some minutes of its life: what is due by now is done. */
  const goOn = async () => {
    for (let n = 0; n < 4; n++) await runDurableObjectAlarm(object)
  }
  for (let hour = 0; hour < HOURS; hour++) {
    if (hour % 6 === 0) await caller(`hour ${hour}`)
    later(3600)
    // Cloudflare moves it now and then.
    if (hour % 10 === 0) await evictDurableObject(object)
    await goOn()
  }
  const during = await arrivals(KEY)
  expect(await api(`/v1/endpoints/${id}`)).toMatchObject({ enabled: true })
  // It is tried with hardly more than one event, so that an outage costs little.
  expect(during.length).toBeLessThan(HOURS + 36)

  await answersFromNow(KEY, 'ok')
  for (let hour = 0; hour < 24; hour++) {
    later(3600)
    await goOn()
    if ((await api(`/v1/endpoints/${id}`)).open === 0) break
  }
  const { events } = (await api('/v1/events?type=caller.created&limit=1000')) as {
    events: { seq: number; id: string; data: { caller: { name: string } } }[]
  }
  const made = events.filter(({ data }) => data.caller.name.startsWith('hour '))
  expect(made).toHaveLength(HOURS / 6)
  const told = new Map<number, string>()
  for (const arrival of (await arrivals(KEY)).slice(during.length)) {
    const { seq, id: event } = checked(arrival, secret)
    expect(told.has(seq), 'what was taken does not come again').toBe(false)
    told.set(seq, event)
  }
  const inOrder = [...told].toSorted(([a], [b]) => a - b).map(([, event]) => event)
  expect(inOrder).toEqual(made.map(({ id }) => id))
  expect(await api(`/v1/endpoints/${id}`)).toMatchObject({ enabled: true, open: 0 })
})

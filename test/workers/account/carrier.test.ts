/** The call to X outlives the object that asked for it, and the answer finds whichever object is the account's then. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../src/account/account'
import type { RefreshAnswer } from '../../../src/account/answer'
import { Carrier } from '../../../src/account/carrier'
import { type RestingToken, readyToRefresh } from '../../../src/account/refresh-at-x'
import { eventually } from '../../eventually'
import { api, connect, copyOf, haltAll, later, logged, refreshes, useFreshWorld, x } from '../world'

const TOKEN = '/2/oauth2/token'
const object = (id: string) => env.ACCOUNT.getByName(id)
const rowOf = (id: string) =>
  runInDurableObject(object(id), (_: Account, { storage }) => {
    const [row] = storage.sql.exec<{ json: string }>('SELECT json FROM record').toArray()
    return JSON.parse(row?.json ?? '{}')
  })
const fault = (fault: string) => x('POST', 'faults', { path: TOKEN, fault, times: 1 })
const refresh = (id: string) => api(`/v1/accounts/${id}/refresh`, { method: 'POST' })
const liveToken = async () =>
  (await x('GET', 'state')).grants.find(({ live }) => live)?.access_token

/** A refresh is under way at X. */
async function underWay(id: string): Promise<{ over: Promise<unknown> }> {
  const over = refresh(id).catch(() => undefined)
  await eventually(async () => expect(await refreshes()).toHaveLength(1))
  return { over }
}

useFreshWorld()
vi.setConfig({ testTimeout: 30_000 })

describe('an object that is replaced while X is at it', () => {
  // The pair was lost with the object: a doubt, and after two minutes a login.
  it('loses nothing: the next one has the pair, by one call, without a doubt', async () => {
    const { id } = await connect()
    const { generation } = (await copyOf(id)).oauth2
    await fault('delay_reply:3000')
    const { over } = await underWay(id)
    await abortAllDurableObjects()
    await over
    expect(await rowOf(id)).toHaveProperty('attempt')
    await eventually(async () => expect(await rowOf(id)).not.toHaveProperty('attempt'), 10_000)
    const row = await rowOf(id)
    expect(row.oauth2.generation).toBeGreaterThan(generation)
    expect(row).not.toHaveProperty('inDoubt')
    const lease = await api(`/v1/accounts/${id}/token?rejected=${generation}`)
    expect(lease).toMatchObject({ http: 200, access_token: await liveToken() })
    expect(lease).not.toHaveProperty('degraded')
    expect((await copyOf(id)).oauth2.generation).toBe(row.oauth2.generation)
    expect(await refreshes()).toHaveLength(1)
    // The refresh token is the live one as well.
    later(3600)
    expect((await refresh(id)).degraded).toBeUndefined()
  })

  it('… nor what X refuses: that is no reply that got lost', async () => {
    const { id, username } = await connect()
    await x('POST', 'revoke', { username })
    await fault('delay_reply:3000')
    const { over } = await underWay(id)
    await abortAllDurableObjects()
    await over
    await eventually(async () => {
      const { ended } = (await rowOf(id)).oauth2
      expect(ended).toMatchObject({ reason: 'refused_by_x' })
    }, 10_000)
  })

  it('has its answer taken after the alarm gave the attempt up, unless another one has begun', async () => {
    const { id } = await connect()
    const answer = await stolen(id)
    const { attempt } = await rowOf(id)
    await abortAllDurableObjects()
    // All is halted, so nothing is presented again, though it is time.
    vi.spyOn(Math, 'random').mockReturnValue(0)
    haltAll()
    later(121)
    await runDurableObjectAlarm(object(id))
    expect(await rowOf(id)).toMatchObject({ inDoubt: { attempt: { id: attempt.id } } })
    expect(await object(id).deliver(attempt.id, answer)).toBe('taken')
    const row = await rowOf(id)
    expect(row).not.toHaveProperty('inDoubt')
    expect(row.oauth2).not.toHaveProperty('failure')
    expect((await api(`/v1/accounts/${id}/token`)).access_token).toBe(await liveToken())
  })
})

/** The carrier has X's answer, and dies before the object has it. */
async function stolen(id: string): Promise<RefreshAnswer> {
  let answer: RefreshAnswer | undefined
  const carry = vi.spyOn(Carrier.prototype, 'carry').mockImplementation(async (errand) => {
    const present = await readyToRefresh(env, errand as RestingToken)
    answer = await present(10_000)
    throw new Error('the carrier died')
  })
  await refresh(id)
  carry.mockRestore()
  if (!answer) throw new Error('X was not asked')
  return answer
}

describe('a carrier that dies', () => {
  it('before it asked X: the journal waits, and two minutes later the token is presented', async () => {
    const { id } = await connect()
    const broke = logged('carrier_broke')
    const carry = vi.spyOn(Carrier.prototype, 'carry').mockRejectedValue(new Error('it died'))
    // Nobody knows, so it is not called a failure, and not tried again yet.
    expect(await refresh(id)).toMatchObject({ http: 200, degraded: { retry_after: 5 } })
    expect(broke()).toMatchObject([{ account: id, error: 'Error' }])
    expect(await rowOf(id)).toHaveProperty('attempt')
    expect((await refresh(id)).degraded).toMatchObject({ reason: 'refresh_in_doubt' })
    expect(carry).toHaveBeenCalledTimes(1)
    carry.mockRestore()
    later(7000)
    await runDurableObjectAlarm(object(id))
    const lease = await api(`/v1/accounts/${id}/token`)
    expect(lease).toMatchObject({ http: 200, access_token: await liveToken() })
    expect(await refreshes()).toHaveLength(1)
  })

  it('after X answered: that reply is lost, and said to be', async () => {
    const { id } = await connect()
    await stolen(id)
    later(7000)
    await runDurableObjectAlarm(object(id))
    expect(await api(`/v1/accounts/${id}`)).toMatchObject({
      oauth2: { ended: { reason: 'refresh_reply_lost' } },
    })
    expect(await refreshes()).toHaveLength(2)
  })
})

describe('a delivery', () => {
  it('that comes again changes nothing, in this object or the next', async () => {
    const { id } = await connect()
    const answer = await stolen(id)
    const { attempt } = await rowOf(id)
    expect(await object(id).deliver(attempt.id, answer)).toBe('taken')
    const row = await rowOf(id)
    expect(row).not.toHaveProperty('attempt')
    expect(await object(id).deliver(attempt.id, answer)).toBe('taken')
    await abortAllDurableObjects()
    expect(await object(id).deliver(attempt.id, answer)).toBe('taken')
    expect(await rowOf(id)).toEqual(row)
  })

  it('for another attempt than the one that is under way is refused, and logged', async () => {
    const { id } = await connect()
    const answer = await stolen(id)
    const row = await rowOf(id)
    const dropped = logged('refresh_dropped')
    expect(await object(id).deliver('another', answer)).toBe('unwanted')
    expect(await rowOf(id)).toEqual(row)
    expect(dropped()).toEqual([{ event: 'refresh_dropped', account: id, outcome: 'granted' }])
  })

  it('to an account that is not there is refused', async () => {
    expect(await object('404').deliver('a', { kind: 'unknown', message: '' })).toBe('unwanted')
  })
})

it('what fails in the carrier before X is asked leaves no doubt', async () => {
  const { id } = await connect()
  const real = Carrier.prototype.carry
  vi.spyOn(Carrier.prototype, 'carry').mockImplementation(function (this: Carrier, errand) {
    return real.call(this, { ...errand, refreshToken: 'v1.ffffffff.moved.away' })
  })
  expect((await refresh(id)).degraded).toMatchObject({ reason: 'refresh_failed' })
  expect(await rowOf(id)).toMatchObject({ oauth2: { failure: { code: 'not_sent' } } })
  expect(await rowOf(id)).not.toHaveProperty('inDoubt')
  expect(await refreshes()).toEqual([])
})

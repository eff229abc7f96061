/** Every way a login can end but well, as a page and as a problem document, and what the true callback gets then. */
import { describe, expect, it } from 'vitest'
import { failureOf } from './answers.ts'
import { ENDS, type End } from './ends.ts'
import { program } from './programs.ts'
import { decide, visitor } from './visitors.ts'
import { useWorld } from './worlds.ts'

const world = useWorld()
const admin = program(world)

/** Goes to X and back as this end has it: the callback as X sent it, and as it arrives. */
async function approve(end: End, authorizeUrl: string, username: string) {
  const callback = await decide(authorizeUrl, username, end.cancel ? 'cancel' : 'authorize')
  const arrives = new URL(callback)
  end.alter(arrives)
  if (end.mixUp) {
    const other = new URL(await decide((await admin.begin()).authorize_url, username))
    arrives.searchParams.set('code', other.searchParams.get('code') ?? '')
  }
  await end.at(world.emulator)
  return { callback, arrives: arrives.href }
}

describe('a login ends', () => {
  it.each(ENDS)('in a browser: $name → $status $code', async (end) => {
    const user = await world.emulator.user()
    const { open, begin } = visitor(world)
    const { callback, arrives } = await approve(end, await begin(), user.username)
    expect(await failureOf(await open(arrives))).toEqual([end.status, end.code])
    expect((await admin.send('GET', `/v1/accounts/${user.id}`)).status).toBe(404)
    await world.calm()
    const again = await open(callback)
    if (end.again) return expect(again.status).toBe(200)
    expect(await failureOf(again)).toEqual([end.status, end.code])
    expect(await world.emulator.calls()).toEqual([])
  })

  it.each(ENDS)('in a program: $name → $status $code', async (end) => {
    const user = await world.emulator.user()
    const { id, authorize_url } = await admin.begin()
    const { callback, arrives } = await approve(end, authorize_url, user.username)
    const complete = (response_url: string) => admin.complete(id, { response_url })
    const code = end.inProgram ?? end.code
    expect(await failureOf(await complete(arrives))).toEqual([end.status, code])
    const status = await admin.json('GET', `/v1/logins/${id}`)
    if (end.open) expect(status).toMatchObject({ status: 'pending' })
    else expect(status).toMatchObject({ status: 'failed', problem: { code: end.code } })
    await world.calm()
    const again = await complete(callback)
    if (end.again) return expect(await again.json()).toMatchObject(user)
    expect(await failureOf(again)).toEqual([end.status, end.code])
    expect(await world.emulator.calls()).toEqual([])
  })
})

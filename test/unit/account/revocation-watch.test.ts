/** What X's answer about a revocation does to the account as it is when the answer comes. */
import { expect, it } from 'vitest'
import type { Effects } from '../../../src/account/effects'
import type { HeldRecord } from '../../../src/account/held-record'
import type { KvCopy } from '../../../src/account/kv-copy'
import type { Connected } from '../../../src/account/record'
import type { Refresher } from '../../../src/account/refresher'
import { RevocationWatch } from '../../../src/account/revocation-watch'
import { revocationNoted } from '../../../src/account/revoked'
import type { Unnamed } from '../../../src/x/me'
import { connected, NOW, userToken } from './grants'

const LATER = NOW + 3600
const AT = LATER - 2
const { oauth2: _pair, ...alone } = connected({}, { oauth1: userToken() })
const asked: Connected = revocationNoted(alone, AT, LATER)
const REFUSED: Unnamed = { message: 'X answered 401: Unauthorized.' }

/** Asks X about an account, which becomes another one meanwhile. */
async function after(said: Unnamed, meanwhile: Connected = asked, before = asked) {
  const held = { connected: before, current: before } as { connected: Connected | undefined }
  let calls = 0
  let looks = 0
  const fx = {
    ownerAtX: async () => {
      calls += 1
      held.connected = meanwhile
      return said
    },
    now: () => LATER * 1000,
    random: () => 0.5,
    log: () => undefined,
  }
  const kvCopy = {
    keepAndPublish: async (record: Connected) => {
      held.connected = record
    },
  }
  const watch = new RevocationWatch(
    fx as unknown as Effects,
    held as unknown as HeldRecord,
    kvCopy as unknown as KvCopy,
    {} as Refresher,
    async () => {
      looks += 1
    },
  )
  await watch.askByCall()
  return { record: held.connected, calls, looks }
}

it('X’s no ends the token that it was asked about, and what an exchange can heal is looked for', async () => {
  const { record, calls, looks } = await after(REFUSED)
  expect(record?.oauth1?.ended?.reason).toBe('revoked_by_user')
  expect([calls, looks]).toEqual([1, 1])
})

it('X’s no to a token that a login has taken the place of ends nothing', async () => {
  const anew = { ...asked, oauth1: userToken() }
  expect((await after(REFUSED, anew)).record).toBe(anew)
})

it('X’s no that comes when nothing is asked any more ends nothing', async () => {
  const { revokedAtX: _, ...over } = asked
  expect((await after(REFUSED, over)).record).toBe(over)
})

it('X’s no to the app says nothing of the token: it is asked again', async () => {
  const { record } = await after({ ...REFUSED, isOfApp: true })
  expect(record?.oauth1).not.toHaveProperty('ended')
  expect(record?.revokedAtX).toMatchObject({ tries: 1 })
})

it('X is not asked before its time', async () => {
  const waits = { ...asked, revokedAtX: { at: AT, tries: 1, retryAt: LATER + 1 } }
  expect(await after(REFUSED, waits, waits)).toEqual({ record: waits, calls: 0, looks: 0 })
})

it('X is asked however long KV takes', async () => {
  const held = { connected: alone, current: alone } as { connected: Connected }
  const naming = Promise.withResolvers<string>()
  const watch = new RevocationWatch(
    {
      ownerAtX: async (_account: Connected, kind: string) => {
        naming.resolve(kind)
        return REFUSED
      },
      now: () => LATER * 1000,
      random: () => 0.5,
      log: () => undefined,
      keepAlive: () => undefined,
    } as unknown as Effects,
    held as unknown as HeldRecord,
    {
      writeAndPublish: (record: Connected) => {
        held.connected = record
        return new Promise(() => undefined)
      },
      keepAndPublish: async () => undefined,
    } as unknown as KvCopy,
    { settled: async () => undefined } as unknown as Refresher,
    async () => undefined,
  )
  void watch.heard(AT)
  expect(await naming.promise).toBe('oauth1')
})
